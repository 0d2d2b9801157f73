"""What people do with documents, from a page, a program or the command line, with entries in the audit trail."""

from collections.abc import Mapping
from datetime import UTC, datetime

import settings
from db import connection
from db.access import audit, signed_links
from db.access.signed_links import NewLink
from db.documents import documents
from db.documents.documents import Document
from rules import documents as rules
from rules.access.signed_links import SignedLink, SignedPurpose
from rules.checks.subjects import Subject


class StillKept(Exception):
    """Raised when a document may not be deleted; the message says why."""


class KeptAgain(Exception):
    """Raised when a deleted document cannot come back; the message says why."""


def download_link(document: Document, user_id: int, *, actor: str) -> SignedLink:
    """Return a new link by which one account downloads a document, for a quarter of an hour at the most."""
    return _linked(document, SignedPurpose.DOWNLOAD, settings.current().download_link_s, actor, f"user {user_id}")


def client_link(document: Document, *, actor: str) -> SignedLink:
    """Return a new link to a document's page, for anybody who gets it, such as a client."""
    with connection.transaction():
        link = _linked(document, SignedPurpose.DOCUMENT, settings.current().client_link_days * 86400, actor, "")
        _audited(actor, "document link", document, {"link": link.id, "until": link.expires_at})
    return link


def withdraw(document: Document, link_id: int, *, actor: str) -> None:
    """Withdraw one of a document's links. Raises ``LookupError`` where it has no such link."""
    with connection.transaction():
        link = signed_links.require(link_id)
        if (link.subject.kind, link.subject.id) != ("document", document.id):
            raise LookupError(f"document {document.id} has no link {link_id}")
        if signed_links.withdraw(link_id, by=actor):
            _audited(actor, "document link withdraw", document, {"link": link_id})


def delete(document: Document, *, actor: str) -> None:
    """Mark a document for deletion and withdraw its links; its bytes go after the grace time. Raises ``StillKept``."""
    why = rules.why_kept(document.kept_until, legal_hold=document.legal_hold, now=datetime.now(UTC))
    if why:
        raise StillKept(f"document {document.id} stays: {why}")
    with connection.transaction():
        documents.mark_deleted(document.id, by=actor)
        withdrawn = signed_links.withdraw_all(_subject(document), by=actor)
        _audited(actor, "document delete", document, {"name": document.name, "links": withdrawn})


def restore(document: Document, *, actor: str) -> None:
    """Bring back a deleted document; its links stay withdrawn. Raises ``KeptAgain``."""
    try:
        with connection.transaction():
            if not documents.restore(document.id):
                raise KeptAgain(f"document {document.id} was not deleted, or its bytes are being removed")
            _audited(actor, "document restore", document, {"name": document.name})
    except connection.Conflict:
        raise KeptAgain(f"the owner of document {document.id} has the same bytes again, under another number") from None


def change(document: Document, *, legal_hold: bool, kept_until: datetime | None, actor: str) -> None:
    """Set or lift a document's legal hold, and set until when it is kept."""
    before = {"legal_hold": document.legal_hold, "kept_until": document.kept_until}
    after = {"legal_hold": legal_hold, "kept_until": kept_until}
    with connection.transaction():
        documents.hold(document.id, held=legal_hold)
        documents.keep_until(document.id, kept_until)
        audit.add(actor, "document change", f"document {document.id}", {}, before=before, after=after)


def _linked(document: Document, purpose: SignedPurpose, holds_s: int, actor: str, audience: str) -> SignedLink:
    new = NewLink(purpose=purpose, subject=_subject(document), holds_s=holds_s, created_by=actor, audience=audience)
    return signed_links.require(signed_links.add(new))


def _subject(document: Document) -> Subject:
    return Subject("document", document.id, document.client_id)


def _audited(actor: str, action: str, document: Document, details: Mapping[str, object]) -> None:
    audit.add(actor, action, f"document {document.id}", details, client_id=document.client_id)
