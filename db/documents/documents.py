"""Documents: whose each is, what is known of it, and whether it may be handed out. Their bytes are in the storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from db import connection
from db.documents import models
from db.fields import stored
from db.listing import Condition, ListFilter, Listing, Order, equals, whether
from rules import documents as rules
from rules.access import Within, sees
from rules.checks.subjects import Subject
from rules.documents import DocumentOwner, DocumentState


class WrongState(Exception):
    """Raised when a document cannot come into a state from the one it is in; the message names both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document whose bytes are stored under its key. What came from outside begins as ``received``."""

    owner: Subject
    """Its kind is one of ``DocumentOwner``; its ``client_id`` says whose the document is."""
    name: str
    content_type: str
    size: int
    sha256: str
    """In hex."""
    storage_key: str
    added_by: str
    state: DocumentState = DocumentState.RECEIVED
    kept_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it is listed and shown. Its size is in bytes, its SHA-256 in hex; times are UTC."""

    id: int
    owner_kind: DocumentOwner
    owner_id: int
    client_id: int | None
    client_name: str | None
    name: str
    content_type: str
    size: int
    sha256: str
    storage_key: str
    state: DocumentState
    finding: str
    scanner: str
    scanned_at: datetime | None
    added_by: str
    added_at: datetime
    kept_until: datetime | None
    legal_hold: bool
    deleted_at: datetime | None
    deleted_by: str
    removing_at: datetime | None
    """Since when its bytes are being removed."""

    @property
    def owner(self) -> Subject:
        return Subject(self.owner_kind, self.owner_id, self.client_id)

    @property
    def why_withheld(self) -> str:
        """Why it is handed out to nobody, in a few words; empty where it may be."""
        return rules.why_withheld(self.state, deleted=self.deleted_at is not None)


_DOCUMENT = (
    "SELECT kept_document.id, owner_kind, owner_id, client_id, client.name AS client_name, kept_document.name,"
    " content_type, size, sha256, storage_key, state, finding, scanner, scanned_at, added_by, added_at, kept_until,"
    " legal_hold, deleted_at, deleted_by, removing_at FROM kept_document LEFT JOIN client ON client.id = client_id"
)


def add(new: NewDocument) -> tuple[Document, bool]:
    """Add a document, in the caller's transaction; returns it and whether it is new.

    The same bytes are kept once for each owner. Where the owner has them already, that document is returned with its
    own name and key, and what the caller has stored under another key is an orphan that the storage audit finds.
    """
    with connection.transaction():
        connection.changed(
            "INSERT INTO kept_document (owner_kind, owner_id, client_id, name, content_type, size, sha256, storage_key,"
            " state, finding, scanner, added_by, added_at, kept_until, legal_hold, deleted_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', %s, {now}, %s, FALSE, '')"
            " ON CONFLICT DO NOTHING",
            str(DocumentOwner(new.owner.kind)),
            new.owner.id,
            new.owner.client_id,
            new.name,
            new.content_type,
            new.size,
            new.sha256,
            new.storage_key,
            str(new.state),
            new.added_by[:100],
            stored(new.kept_until) if new.kept_until else None,
        )
        found = same_bytes(new.owner, new.sha256)
        if found is None:
            raise connection.Conflict(f"the storage key {new.storage_key} is another document's")
        return found, found.storage_key == new.storage_key


def same_bytes(owner: Subject, sha256: str) -> Document | None:
    """Return the document of an owner that has these bytes, unless it was deleted."""
    return _first_where(
        "WHERE owner_kind = %s AND owner_id = %s AND sha256 = %s AND deleted_at IS NULL", owner.kind, owner.id, sha256
    )


def find(document_id: object) -> Document | None:
    """Return a document, also one that was marked for deletion; None where there is none."""
    return _first_where("WHERE kept_document.id = %s", document_id)


def require(document_id: int, *, within: Within = None) -> Document:
    """Return a document, also one that was marked for deletion. Raises ``LookupError``."""
    found = find(document_id)
    if found is not None and sees(within, found.client_id):
        return found
    raise LookupError(f"no document has the id {document_id}")


def many(ids: Sequence[int]) -> list[Document]:
    """Return the documents that exist, of these ids."""
    return connection.rows(Document, f"{_DOCUMENT} WHERE kept_document.id {{ids}}", list(ids))


def move_to(document_id: int, state: DocumentState, *, finding: str = "", scanner: str = "") -> Document:
    """Bring a document into a state, in the caller's transaction, and return it.

    ``finding`` says in a sentence what was found in it or why it was refused; ``scanner`` names the signatures that a
    scan went by. Raises ``LookupError``; ``WrongState`` where no way leads there from its state, also because
    another caller was faster.
    """
    changes: dict[str, object] = {"state": str(state), "finding": finding[:2000].replace("\0", "")}
    if scanner:
        changes |= {"scanner": scanner[:100], "scanned_at": datetime.now(UTC)}
    with connection.transaction():
        befores = [str(one) for one in rules.before(state)]
        moved = (
            models.Document.update(changes)
            .where(models.Document.id == document_id, models.Document.state.in_(befores))
            .execute()
        )
        found = require(document_id)
        if not moved:
            raise WrongState(f"document {document_id} is {found.state}: it does not become {state}")
        return found


def mark_deleted(document_id: int, *, by: str) -> None:
    """Mark a document for deletion, in the caller's transaction: it is handed out no more, its bytes go later."""
    models.Document.update(deleted_at=datetime.now(UTC), deleted_by=by[:100]).where(
        models.Document.id == document_id, models.Document.deleted_at.is_null()
    ).execute()


def restore(document_id: int) -> bool:
    """Take a mark of deletion back, in the caller's transaction, and return whether there was one.

    Raises ``Conflict`` where the owner has the same bytes again.
    """
    return bool(
        connection.changed(
            "UPDATE kept_document SET deleted_at = NULL, deleted_by = ''"
            " WHERE id = %s AND deleted_at IS NOT NULL AND removing_at IS NULL",
            document_id,
        )
    )


def claim_removable(last: int, *, grace_days: float, limit: int) -> list[tuple[int, str]]:
    """Claim the next documents whose bytes may go, in the caller's transaction, and return their ids and keys.

    What was claimed before, by an attempt that died, is among them. From now on none of them can come back.
    """
    rows = connection.execute(
        "UPDATE kept_document SET removing_at = {now} WHERE id IN (SELECT id FROM kept_document"
        " WHERE id > %s AND deleted_at < {later(%s)} AND NOT legal_hold"
        " AND (kept_until IS NULL OR kept_until < {now}) ORDER BY id LIMIT %s) RETURNING id, storage_key",
        last,
        -86400.0 * grace_days,
        limit,
    )
    return sorted((number, key) for number, key in rows)


def forget(document_id: int) -> None:
    """Remove the row of a document whose bytes are gone, in the caller's transaction."""
    connection.changed("DELETE FROM kept_document WHERE id = %s AND removing_at IS NOT NULL", document_id)


def stored_under(key: str) -> Document | None:
    """Return the document whose bytes are under a key, also one that was deleted."""
    return _first_where("WHERE storage_key = %s", key)


def stored_under_any(keys: Sequence[str]) -> list[Document]:
    """Return the documents whose bytes are under these keys, also those that were deleted."""
    return connection.rows(Document, f"{_DOCUMENT} WHERE storage_key {{ids}}", list(keys))


def kept_after(last: int, *, limit: int) -> list[Document]:
    """Return the next documents whose bytes are to be there, by their ids."""
    return connection.rows(
        Document,
        f"{_DOCUMENT} WHERE kept_document.id > %s AND removing_at IS NULL ORDER BY kept_document.id LIMIT %s",
        last,
        limit,
    )


def unadopted_invoices_after(last: int, *, limit: int) -> list[int]:
    """Return the next ids of invoices whose PDF is no document yet, ascending."""
    rows = connection.execute(
        "SELECT id FROM invoice WHERE id > %s AND document_key IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM kept_document WHERE storage_key = document_key) ORDER BY id LIMIT %s",
        last,
        limit,
    )
    return [number for (number,) in rows]


def hold(document_id: int, *, held: bool) -> None:
    """Put a document under legal hold, or end that, in the caller's transaction: while it is held its bytes stay."""
    models.Document.update(legal_hold=held).where(models.Document.id == document_id).execute()


def keep_until(document_id: int, until: datetime | None) -> None:
    """Set until when a document's bytes are kept in any case, in the caller's transaction."""
    models.Document.update(kept_until=until).where(models.Document.id == document_id).execute()


def _first_where(where: str, *params: object) -> Document | None:
    return next(iter(connection.rows(Document, f"{_DOCUMENT} {where}", *params)), None)


def _owned_by(kind: DocumentOwner) -> Callable[[int], Condition]:
    return lambda owner_id: ("owner_kind = %s AND owner_id = %s", (str(kind), owner_id))


LIST: Final[Listing[Document]] = Listing(
    table="kept_document",
    columns="state, deleted_at",
    read=many,
    orders={"id": Order()},
    filters={
        "client": ListFilter(
            int, equals("kept_document.client_id"), "Only those of this client and of what it has", narrows=True
        ),
        **{
            str(kind): ListFilter(int, _owned_by(kind), f"Only those of this {kind}", narrows=True)
            for kind in (DocumentOwner.INVOICE, DocumentOwner.DOMAIN, DocumentOwner.ALERT)
        },
        "state": ListFilter(DocumentState, equals("state"), "Only in this state"),
        "deleted": ListFilter(
            bool, whether("deleted_at IS NOT NULL", "deleted_at IS NULL"), "Whether it was marked for deletion"
        ),
    },
    owner="kept_document.client_id",
)
"""All documents, also those that were marked for deletion."""
