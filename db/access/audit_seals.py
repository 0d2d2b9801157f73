"""The seals of the audit trail: rows beside its entries, in the order in which they were sealed. None is ever changed.

Entries are sealed a moment after they were written, so that no change waits for the audit entry of another one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from db import connection
from db.access import audit
from db.access.audit import AuditEntry
from rules.access import audit_chain

BATCH = 500
_MOST_NAMED = 20
_LOCK = "audit-seals"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest seal, and how many there are."""

    number: int
    seal: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What a walk along the chain found: how many seals it read, what is wrong, and how many entries are not sealed."""

    sealed: int
    unsealed: int
    wrong: tuple[str, ...]


def head() -> ChainHead | None:
    """Return the newest seal; None where nothing has been sealed."""
    found = connection.rows(ChainHead, "SELECT number, seal, sealed_at FROM audit_seal ORDER BY number DESC LIMIT 1")
    return found[0] if found else None


def seal_next() -> int:
    """Seal up to ``BATCH`` entries that have no seal, the oldest first, in one transaction. Returns how many."""
    with connection.transaction():
        connection.alone(_LOCK)
        newest = head()
        number, before = (newest.number, newest.seal) if newest else (0, audit_chain.FIRST)
        waiting = connection.execute(
            "SELECT id FROM audit WHERE NOT EXISTS (SELECT 1 FROM audit_seal WHERE audit_seal.audit_id = audit.id)"
            " ORDER BY id LIMIT %s",
            BATCH,
        )
        for entry in _entries([row[0] for row in waiting]):
            number, before = number + 1, audit_chain.seal(before, _document(entry))
            connection.changed(
                "INSERT INTO audit_seal (number, audit_id, seal, sealed_at) VALUES (%s, %s, %s, {now})",
                number,
                entry.id,
                before,
            )
    return len(waiting)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: its number, the entry that it seals, and the seal."""

    number: int
    audit_id: int
    seal: str


def verify(*, known: str | None = None, newest: int | None = None) -> SealCheck:
    """Walk along the whole chain, or along its ``newest`` links, and name the first faults.

    ``known`` is a seal that was written down before: it must be among the links walked. Links are read in batches, so
    that memory is bounded.
    """
    last = _start(newest)
    sealed, wrong, seen = 0, list[str](), known is None
    for batch in _batches(last.number):
        entries = {entry.id: entry for entry in _entries([link.audit_id for link in batch])}
        for link in batch:
            wrong += filter(None, [_fault(last, link, entries.get(link.audit_id))])
            sealed, last, seen = sealed + 1, link, seen or link.seal == known
    if not seen:
        wrong.append(f"the seal {known} is not in the chain: what was sealed up to it was removed, or sealed anew")
    return SealCheck(sealed, _unsealed(), tuple(wrong[:_MOST_NAMED]))


def _start(newest: int | None) -> Link:
    """Return the link behind which the walk begins."""
    end = head()
    number = max(0, end.number - newest) if end and newest else 0
    found = connection.rows(Link, "SELECT number, audit_id, seal FROM audit_seal WHERE number = %s", number)
    return found[0] if found else Link(number, 0, audit_chain.FIRST)


def _fault(last: Link, link: Link, entry: AuditEntry | None) -> str | None:
    if link.number != last.number + 1:
        return f"seals {last.number + 1} to {link.number - 1} are missing"
    if entry is None:
        return f"entry {link.audit_id} was removed; its seal {link.number} is there"
    if audit_chain.seal(last.seal, _document(entry)) != link.seal:
        return f"entry {link.audit_id} is not what seal {link.number} was made of"
    return None


def _unsealed() -> int:
    return connection.execute(
        "SELECT COUNT(*) FROM audit WHERE NOT EXISTS (SELECT 1 FROM audit_seal WHERE audit_seal.audit_id = audit.id)"
    )[0][0]


def _batches(after: int) -> Iterator[list[Link]]:
    while found := connection.rows(
        Link,
        "SELECT number, audit_id, seal FROM audit_seal WHERE number > %s ORDER BY number LIMIT %s",
        after,
        BATCH,
    ):
        yield found
        after = found[-1].number


def _entries(ids: list[int]) -> list[AuditEntry]:
    return sorted(audit.many(ids), key=lambda entry: entry.id)


def _document(entry: AuditEntry) -> Mapping[str, object]:
    """Return an entry as it is sealed."""
    return {**asdict(entry), "at": entry.at.isoformat(timespec="microseconds")}
