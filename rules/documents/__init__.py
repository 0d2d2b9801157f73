"""Documents: their states, who may own one, and when it may be handed out or deleted.

    received ──> scanning ──> clean <──> quarantined
        │            └──────> refused
        └──> refused

A document that Nolapse makes begins as clean. A file from outside is handed out only once a scan has found it clean;
without an answer it is not. New signatures may quarantine a clean document, or clear a quarantined one; a refusal is
final.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class DocumentState(StrEnum):
    """What is known of a document's contents."""

    RECEIVED = "received"  # its bytes are stored, nobody has looked at them
    SCANNING = "scanning"  # a scan has begun, or waits for the scanner
    CLEAN = "clean"
    QUARANTINED = "quarantined"  # something was found: it is kept, and handed out to nobody
    REFUSED = "refused"  # it is not what may be kept here


_NEXT: Mapping[DocumentState, frozenset[DocumentState]] = MappingProxyType({
    DocumentState.RECEIVED: frozenset({DocumentState.SCANNING, DocumentState.REFUSED}),
    DocumentState.SCANNING: frozenset({DocumentState.CLEAN, DocumentState.QUARANTINED, DocumentState.REFUSED}),
    DocumentState.CLEAN: frozenset({DocumentState.QUARANTINED}),
    DocumentState.QUARANTINED: frozenset({DocumentState.CLEAN}),
    DocumentState.REFUSED: frozenset(),
})  # fmt: skip


class DocumentOwner(StrEnum):
    """The kinds of things that documents belong to."""

    CLIENT = "client"
    INVOICE = "invoice"
    DOMAIN = "domain"
    ALERT = "alert"


def may_become(before: DocumentState, after: DocumentState) -> bool:
    """Tell whether a document may change from one state to another; to stay in a state is always allowed."""
    return before is after or after in _NEXT[before]


def before(after: DocumentState) -> frozenset[DocumentState]:
    """Return the states from which a document may change to this one, itself among them."""
    return frozenset(one for one in DocumentState if may_become(one, after))


def why_withheld(state: DocumentState, *, deleted: bool) -> str:
    """Return in a few words why a document is handed out to nobody; empty where it may be."""
    if deleted:
        return "it was deleted"
    return {
        DocumentState.RECEIVED: "it has not been scanned yet",
        DocumentState.SCANNING: "its scan has not ended",
        DocumentState.CLEAN: "",
        DocumentState.QUARANTINED: "it is quarantined",
        DocumentState.REFUSED: "it was refused",
    }[state]


def why_kept(kept_until: datetime | None, *, legal_hold: bool, now: datetime) -> str:
    """Return in a few words why a document may not be deleted; empty where it may."""
    if legal_hold:
        return "it is under legal hold"
    if kept_until is not None and now < kept_until:
        return f"it is kept until {kept_until:%Y-%m-%d}"
    return ""


def storage_key(owner_kind: str, owner_id: int, token: str) -> str:
    """Return the key under which a document is stored: we make it, so that it does not depend on the file's name.

    ``token`` tells the document from others of its owner. For what a job makes it is the SHA-256 in hex, so that a job
    that runs again stores the same bytes under the same key. For an upload it is 32 random hex digits, so that no
    upload gets a key whose bytes are being deleted.
    """
    return f"documents/{owner_kind}/{owner_id}/{token}"
