"""Client notices: which things of a client end, as the open alerts say, and what the client was told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from db import connection
from db.fields import stored
from rules.clients.client_notices import ClientNoticeKind, DueNotice, EndingThing, Sent


@dataclass(frozen=True, slots=True)
class _Row:
    subject_id: int
    name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _SentRow:
    subject_id: int
    ends_on: date
    days: int


_ENDING = {
    ClientNoticeKind.DOMAINS: "SELECT subject_id, domain.name AS name, domain_state.expires AS ends_at FROM alert"
    " JOIN domain ON domain.id = subject_id JOIN domain_state ON domain_state.domain_id = domain.id"
    " WHERE alert.client_id = %s AND alert.kind = %s AND subject_kind = 'domain' AND cleared_at IS NULL"
    " AND domain_state.expires IS NOT NULL",
    ClientNoticeKind.CERTIFICATES: "SELECT subject_id, endpoint.host AS name, endpoint_state.not_after AS ends_at"
    " FROM alert JOIN endpoint ON endpoint.id = subject_id"
    " JOIN endpoint_state ON endpoint_state.endpoint_id = endpoint.id"
    " WHERE alert.client_id = %s AND alert.kind = %s AND subject_kind = 'endpoint' AND cleared_at IS NULL"
    " AND endpoint_state.not_after IS NOT NULL",
}


def ending(client_id: int, kind: ClientNoticeKind, zone: ZoneInfo) -> list[EndingThing]:
    """Return the client's things about which an alert of this kind is open, each with its end as a day of a zone."""
    rows = connection.rows(_Row, _ENDING[kind], client_id, str(kind))
    return [
        EndingThing(subject_id=row.subject_id, name=row.name, ends_on=row.ends_at.astimezone(zone).date())
        for row in rows
    ]


def sent(client_id: int, kind: ClientNoticeKind) -> list[Sent]:
    """Return what a client was told of this kind."""
    rows = connection.rows(
        _SentRow,
        "SELECT subject_id, ends_on, days FROM client_notice WHERE client_id = %s AND kind = %s",
        client_id,
        str(kind),
    )
    return [(row.subject_id, row.ends_on, row.days) for row in rows]


def add(client_id: int, kind: ClientNoticeKind, due: Sequence[DueNotice], *, mail_id: int) -> None:
    """Write what a client is told with a mail, in the transaction that posts it. Raises ``connection.Conflict``."""
    at = stored(datetime.now(UTC))
    for one in due:
        connection.execute(
            "INSERT INTO client_notice (client_id, kind, subject_id, ends_on, days, mail_id, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            client_id, str(kind), one.thing.subject_id, one.thing.ends_on, one.days, mail_id, at,
        )  # fmt: skip


def clients_after(last: int, limit: int) -> list[int]:
    """Return the next clients who get notices of any kind, by id."""
    rows = connection.execute("SELECT id FROM client WHERE id > %s AND notices <> '' ORDER BY id LIMIT %s", last, limit)
    return [client_id for (client_id,) in rows]
