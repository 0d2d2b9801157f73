"""Intake of a file that somebody sends: its bytes under a key of our own, a row, and a job that looks at it.

    name, type, size, first bytes ──refused at once──> nothing is kept
    bytes stored ──> row: received, and the job of its scan ──> nobody may open it until that says clean

Promise: keyed. A process that dies between the bytes and the row leaves an orphan, which the storage audit finds. The
same bytes are one document of their owner, however often they are sent.
"""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

import settings
from db import connection
from db.access import audit
from db.documents import documents
from db.documents.documents import Document, NewDocument
from integrations.errors import Unavailable
from rules.checks.subjects import Subject
from rules.documents import file_names, inspection, recognition, storage_key
from rules.documents import media_types as types
from rules.documents.contents import Content
from rules.documents.media_types import MediaType
from rules.documents.objections import Objection, Objectionable
from settings.failpoints import failpoint
from tasks import outside
from tasks.documents import scratch, virus_scans

_TOKEN_BYTES = 16


class UploadsOff(Exception):
    """Raised where no virus scanner is set up; the message says how to set one up."""

    def __init__(self) -> None:
        super().__init__("Uploads are off: without a virus scanner nothing from outside is taken (NOLAPSE_CLAMD_URL)")


class NotTaken(Exception):
    """Raised where a file is refused at once; nothing of it is kept."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.kind)
        self.objection = objection


class NotNow(Exception):
    """Raised where the storage or the disk does not answer; nothing of the file is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A file that came whole: its bytes, and what its sender says of it."""

    file: BinaryIO
    name: str
    declared: str
    """The sender's Content-Type; may be empty."""
    size: int
    sha256: str
    """In hex."""


def require_open() -> None:
    """Raise ``UploadsOff`` where nothing is taken in."""
    if not settings.current().takes_uploads:
        raise UploadsOff


def require_acceptable(name: str, declared: str, size: int | None) -> str:
    """Return the name to keep a file by, before its bytes are there. Raises ``UploadsOff``, ``NotTaken``."""
    require_open()
    kept = file_names.normalised(name)
    if objection := inspection.refusal(kept, declared, size, virus_scans.limits()):
        raise NotTaken(objection)
    return kept


@contextmanager
def incoming() -> Generator[BinaryIO]:
    """Give an empty file for what comes in. Raises ``NotNow`` where the disk refuses."""
    try:
        with scratch.opened() as file:
            yield file
    except Unavailable as error:
        raise NotNow(str(error)) from error


def store(received: ReceivedFile, owner: Subject) -> NewDocument:
    """Store a file's bytes; return what ``add`` makes a document of. Not to be called in a transaction.

    Bytes that the owner has are not stored again. Raises ``UploadsOff``, ``NotTaken``; ``NotNow`` where the storage or
    the disk does not answer.
    """
    name = require_acceptable(received.name, received.declared, received.size)
    kind = types.EXTENSIONS[file_names.extension(name)]
    with scratch.mapped(received.file) as content:
        _require_kind(content, kind)
    known = documents.same_bytes(owner, received.sha256)
    key = known.storage_key if known else storage_key(owner.kind, owner.id, secrets.token_hex(_TOKEN_BYTES))
    if known is None:
        received.file.seek(0)
        try:
            outside.storage().put_file(key, received.file, size=received.size, sha256=received.sha256)
        except Unavailable as error:
            raise NotNow(str(error)) from error
    failpoint("documents.stored")
    return NewDocument(
        owner=owner,
        name=name,
        content_type=kind.value.name,
        size=received.size,
        sha256=received.sha256,
        storage_key=key,
        added_by="",
    )


def add(stored: NewDocument, *, by: str) -> tuple[Document, bool]:
    """Make a document of stored bytes, with the job that looks at it; return it and whether it is new."""
    with connection.transaction():
        if known := documents.same_bytes(stored.owner, stored.sha256):
            return known, False
        document, added = documents.add(replace(stored, added_by=by))
        if added:
            owner = f"{stored.owner.kind} {stored.owner.id}"
            audit.add(by, "upload", f"document {document.id}", {"name": document.name, "owner": owner})
            virus_scans.scan.enqueue(document_id=document.id)
    return document, added


def _require_kind(content: Content, kind: MediaType) -> None:
    try:
        recognition.require(content, kind)
    except Objectionable as error:
        raise NotTaken(error.objection) from None
