"""Addresses that get no mail: because it bounced, because its recipient called it spam, or because staff say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db import connection
from db.fields import stored
from db.listing import Condition, ListFilter, Listing, Order, equals, whether
from rules.mail import mailboxes

_COLUMNS = "id, address, reason, said, mail_id, created_by, created_at, expires_at"
_ACTIVE = "(expires_at IS NULL OR expires_at > {now})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that gets no mail, and why; ``expires_at`` None: until somebody lifts it. Times are UTC."""

    id: int = 0
    address: str
    reason: str
    """A ``NoticeKind``, or ``staff``."""
    said: str
    mail_id: int | None = None
    created_by: str
    created_at: datetime
    expires_at: datetime | None


def add(one: Suppression) -> None:
    """Suppress an address in the caller's transaction. What is there already is replaced unless it holds for longer."""
    connection.changed(
        """
        INSERT INTO suppression (address, reason, said, mail_id, created_by, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, said = excluded.said, mail_id = excluded.mail_id,
            created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE suppression.expires_at IS NOT NULL
            AND (excluded.expires_at IS NULL OR excluded.expires_at > suppression.expires_at)
        """,
        of(one.address),
        one.reason,
        one.said[:1000].replace("\0", ""),
        one.mail_id,
        one.created_by[:100],
        stored(one.created_at),
        stored(one.expires_at) if one.expires_at else None,
    )


def active(address: str) -> Suppression | None:
    """Return why an address gets no mail now; None where it does."""
    found = connection.rows(
        Suppression,
        f"SELECT {_COLUMNS} FROM suppression WHERE address = %s AND {_ACTIVE}",  # noqa: S608 - our own words
        of(address),
    )
    return found[0] if found else None


def get(suppression_id: int) -> Suppression:
    """Return an entry. Raises ``LookupError``."""
    for one in _many([suppression_id]):
        return one
    raise LookupError(f"no suppression has the id {suppression_id}")


def of_address(address: str) -> Suppression:
    """Return the entry of an address, also one that is over. Raises ``LookupError``."""
    for one in LIST.page("-id", address=address).rows:
        return one
    raise LookupError(f"{address} is not suppressed")


def lift(suppression_id: int) -> Suppression:
    """Let an address get mail again, in the caller's transaction; returns what was. Raises ``LookupError``."""
    before = get(suppression_id)
    if not connection.changed("DELETE FROM suppression WHERE id = %s", suppression_id):
        raise LookupError(f"no suppression has the id {suppression_id}")
    return before


def of(address: str) -> str:
    """Return the form under which an address is kept: in lower case, since nobody has two mailboxes that differ so."""
    try:
        return mailboxes.read(address).address.lower()[:320]
    except mailboxes.NotAMailbox:
        return address.strip().lower()[:320]


def _many(ids: Sequence[int]) -> list[Suppression]:
    return connection.rows(Suppression, f"SELECT {_COLUMNS} FROM suppression WHERE id {{ids}}", list(ids))  # noqa: S608


def _is(address: str) -> Condition:
    return equals("suppression.address")(of(address))


LIST: Final[Listing[Suppression]] = Listing(
    table="suppression",
    columns="address, reason, expires_at",
    read=_many,
    orders={"id": Order(), "address": Order("address", str)},
    filters={
        "address": ListFilter(str, _is, "Only this address", narrows=True),
        "active": ListFilter(
            bool, whether(_ACTIVE, "expires_at <= {now}"), "Whether it holds, or is over", narrows=False
        ),
    },
)
"""All entries, also those that are over."""
