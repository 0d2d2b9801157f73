"""The audit trail: what people did. Rows are added; the database itself refuses to change or remove one.

The caller states once where it acts from (``coming_from``), around all that a request or a command does. Each call of
``add`` states the rest: who, what, on what, and, where something was changed, how it was before and is after.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import client_of, connection
from db.access.models import Audit as Row
from db.connection import transaction
from db.listing import ListFilter, Listing, Order, compares, equals, whether
from rules.access import Within
from rules.access import audit as rules


@dataclass(frozen=True, slots=True)
class ActionOrigin:
    """From where somebody acts: the network address, what they came in with, and the reason that they gave."""

    address: str = ""
    via: str = ""
    reason: str = ""


_origin: ContextVar[ActionOrigin] = ContextVar("origin", default=ActionOrigin())  # noqa: B039 - it is frozen


@contextmanager
def coming_from(origin: ActionOrigin) -> Generator[None]:
    """Write this origin into every entry of the block."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def add(
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, object],
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
    client_id: int | None = None,
) -> None:
    """Write what somebody did, in the caller's transaction where there is one.

    ``client_id`` is needed where the subject is gone already; else the client is found by the subject.
    """
    origin = _origin.get()
    with transaction():
        Row.create(
            actor=actor[:100],
            action=action,
            subject=subject[:200],
            details=rules.kept(details),
            before=None if before is None else rules.kept(before),
            after=None if after is None else rules.kept(after),
            address=origin.address[:64],
            via=origin.via[:100],
            reason=rules.line(reason or origin.reason),
            client_id=_client_of(subject, details) if client_id is None else client_id,
        )


def _client_of(subject: str, details: Mapping[str, object]) -> int | None:
    """Return the client of what an entry is about, written as ``domain 17``, or of the job that it led to."""
    kind, _, number = subject.partition(" ")
    if kind in client_of.KINDS and number.isascii() and number.isdigit():
        return client_of.find(kind, int(number))
    job_id = details.get("job")
    return client_of.find("job", job_id) if isinstance(job_id, int) else None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did. ``before`` and ``after`` are None where nothing was changed."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str
    via: str
    reason: str
    client_id: int | None


def many(ids: Sequence[int]) -> list[AuditEntry]:
    """Return the entries that exist, of these ids."""
    return connection.rows(AuditEntry, f"{_ENTRY} WHERE id {{ids}}", list(ids))


_ENTRY = "SELECT id, at, actor, action, subject, details, before, after, address, via, reason, client_id FROM audit"
_OF_THE_LIVING = "at >= (SELECT created_at FROM client WHERE client.id = client_id)"

LIST: Final[Listing[AuditEntry]] = Listing(
    table="audit",
    columns="actor, action, subject, client_id, at",
    read=many,
    orders={"id": Order()},
    filters={
        "actor": ListFilter(str, equals("actor"), "Only what this one did"),
        "action": ListFilter(str, equals("action"), "Only this, such as `domain change`"),
        "subject": ListFilter(str, equals("subject"), "Only what was done to this, such as `domain 17`"),
        "client": ListFilter(int, equals("client_id"), "Only what is about this client"),
        "since": ListFilter(datetime, compares("at", ">="), "From this moment on"),
        "until": ListFilter(datetime, compares("at", "<"), "Before this moment"),
        "living": ListFilter(bool, whether(_OF_THE_LIVING, "TRUE")),
    },
    owner="audit.client_id",
)
"""The whole trail."""


def limit(within: Within) -> dict[str, Any]:
    """Return the filters that limit the list to clients.

    SQLite may give the id of a deleted client to a new one. People of the new client do not see the old one's entries.
    """
    return {"within": within, "living": None if within is None else True}


def every(*, size: int = 500, **asked: Any) -> Iterator[AuditEntry]:
    """Yield all entries that these filters let through, the newest first; at most ``size`` are in memory at once.

    Each part is read in a session of its own, so that a slow reader holds no connection.
    """
    after = None
    while True:
        with connection.session():
            found = LIST.page("-id", after=after, size=size, **asked)
        yield from found.rows
        if (after := found.after) is None:
            return
