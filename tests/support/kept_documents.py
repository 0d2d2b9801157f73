"""Documents of one thing; and some for pages to show, of each owner and state, of which the first has a picture."""

import hashlib

from db import connection
from db.documents import documents, previews
from db.documents.documents import Document, NewDocument
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tests.support import files

FIRST = 1
"""The id of the first where none were before: a client's, clean, with a preview."""
_STATES = (DocumentState.CLEAN, DocumentState.QUARANTINED, DocumentState.REFUSED, DocumentState.RECEIVED)


def keep(client_id: int, *, name: str = "letter of the court, with all its annexes and stamps.pdf") -> None:
    """Add, in a session, documents of a client, their invoice, domain and alert, all without bytes."""
    for number, state in enumerate(_STATES):
        _add(Subject("client", client_id, client_id), name=f"{number} {name}", state=state)
    for kind in ("invoice", "domain", "alert"):
        _add(Subject(kind, 1, client_id), name=f"{kind} {name}", state=DocumentState.CLEAN)
    with connection.transaction():
        previews.save(FIRST, image=files.picture("WEBP"), width=40, height=30)
        documents.move_to(FIRST + 1, DocumentState.QUARANTINED, finding="The virus scanner found Win.Test.EICAR_HDB-1.")


def of(owner: Subject) -> list[Document]:
    """Return the documents of a thing, the newest first, without those that were deleted."""
    found = connection.execute(
        "SELECT id FROM kept_document WHERE owner_kind = %s AND owner_id = %s AND deleted_at IS NULL ORDER BY id DESC",
        owner.kind,
        owner.id,
    )
    return [documents.require(number) for (number,) in found]


def _add(owner: Subject, *, name: str, state: DocumentState) -> None:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    documents.add(
        NewDocument(
            owner=owner,
            name=name,
            content_type="application/pdf",
            size=48_213,
            sha256=sha256,
            storage_key=f"documents/{owner.kind}/{owner.id}/{sha256}",
            added_by="ada",
            state=state,
        )
    )
