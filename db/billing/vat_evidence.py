"""What was asked about clients' VAT-IDs, and the answers: kept, because reverse charge rests on them."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from rules.billing.vies_answers import VatIdVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VatIdCheck:
    """An answer about a VAT-ID. ``requester`` is the VAT-ID of the sender who asked; times are UTC.

    ``why`` says why there is no answer, where there is none.
    """

    id: int = 0
    client_id: int
    vat_id: str
    requester: str = ""
    verdict: VatIdVerdict
    consultation: str = ""
    name: str = ""
    address: str = ""
    why: str = ""
    checked_at: datetime | None = None


def add(check: VatIdCheck) -> None:
    """Keep an answer, in the caller's transaction."""
    connection.changed(
        "INSERT INTO vat_id_check (client_id, vat_id, requester, verdict, consultation, name, address, why, checked_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, {now})",
        check.client_id,
        check.vat_id,
        check.requester,
        str(check.verdict),
        check.consultation,
        check.name,
        check.address,
        check.why[:300],
    )


def of_client(client_id: int, *, limit: int = 5) -> list[VatIdCheck]:
    """Return the newest answers about a client's VAT-IDs."""
    return connection.rows(
        VatIdCheck,
        "SELECT id, client_id, vat_id, requester, verdict, consultation, name, address, why, checked_at"
        " FROM vat_id_check WHERE client_id = %s ORDER BY id DESC LIMIT %s",
        client_id,
        limit,
    )


def clients_after(last: int, limit: int) -> list[int]:
    """Return the next clients who have a VAT-ID, by id."""
    rows = connection.execute(
        "SELECT client_id FROM billing_profile WHERE client_id > %s AND vat_id IS NOT NULL ORDER BY client_id LIMIT %s",
        last,
        limit,
    )
    return [client_id for (client_id,) in rows]


def count_clients() -> int:
    """Return how many clients have a VAT-ID."""
    ((number,),) = connection.execute("SELECT COUNT(*) FROM billing_profile WHERE vat_id IS NOT NULL")
    return number
