"""Uploads that go to the bucket and not through the web process: by a form whose policy the bucket checks.

    opened ──> a form: one key under incoming/, so many bytes at the most, a quarter of an hour
    its holder posts it to the bucket, and says so ──> sent, and the job ``take``
    take ──> read once and hashed ──> judged and stored as any upload, under a key that no form names ──> its virus scan
    clear ──> a day after its form closed, its bytes under incoming/ and its row go

Nothing under ``incoming/`` is handed out: nobody can open a file before its virus scan, and to post the form again
changes no document. Promise: keyed, as of ``tasks.documents.intake``.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from db import connection
from db.access import audit
from db.documents import direct_uploads as store
from db.documents.direct_uploads import DirectUpload
from db.documents.documents import NewDocument
from db.ledger.endings import EndedJob
from integrations.errors import Rejected, Unavailable
from integrations.storage import UploadForm
from rules.access import Permission
from rules.checks.subjects import Subject
from rules.documents import direct_uploads as rules
from rules.documents.direct_uploads import DirectUploadState
from settings.failpoints import failpoint
from tasks import outside
from tasks.documents import intake, scratch
from tasks.documents.intake import NotNow, NotTaken, ReceivedFile, UploadsOff
from tasks.engine.context import completing, fenced
from tasks.engine.task import Queue, task
from wording import document_objections

_TOKEN_BYTES = 16
_BATCH = 100


class NoBucket(Exception):
    """Raised where documents are kept in a folder: a form can be posted to a bucket alone."""

    def __init__(self) -> None:
        super().__init__("Documents are kept in a folder here: send the file itself, with POST /api/documents")


@dataclass(frozen=True, slots=True)
class OpenedUpload:
    """An upload, and the form by which its bytes go to the bucket. The form is a secret of the one who asked for it."""

    id: int
    closes_at: datetime
    form: UploadForm


def open_form(owner: Subject, *, name: str, declared: str, size: int, by: str) -> OpenedUpload:
    """Return a form for a file of ``size`` bytes. Raises ``UploadsOff``, ``NotTaken``, ``NoBucket``, ``NotNow``."""
    kept = intake.require_acceptable(name, declared, size)
    key = rules.storage_key(secrets.token_hex(_TOKEN_BYTES))
    try:
        form = outside.storage().upload_form(key, most=size, holds_s=rules.FORM_HOLDS_S)
    except Unavailable as error:
        raise NotNow(str(error)) from error
    if form is None:
        raise NoBucket
    with connection.transaction():
        upload = store.require(store.add(owner, name=kept, size=size, storage_key=key, added_by=by))
        _audited(by, "upload form", upload)
    return OpenedUpload(upload.id, upload.closes_at, form)


def sent(upload: DirectUpload, *, by: str) -> None:
    """Enqueue the job that takes an upload, as its holder says that the bucket has it; a second call does nothing."""
    with connection.transaction():
        if store.send(upload.id):
            _audited(by, "upload sent", upload)
            take.enqueue(upload_id=upload.id)


def _audited(actor: str, action: str, upload: DirectUpload) -> None:
    owner = f"{upload.owner_kind} {upload.owner_id}"
    details = {"name": upload.name, "owner": owner, "size": upload.size}
    audit.add(actor, action, f"upload {upload.id}", details, client_id=upload.client_id)


def _not_looked_at(job: EndedJob) -> None:
    """Refuse an upload whose job gave up."""
    upload = store.find(job.args.get("upload_id"))
    if upload is not None:
        store.refuse(upload.id, "It could not be read from the bucket; send it again.")


@task(
    Queue.DEFAULT,
    attempts=5,
    backoff_s=15,
    deadline_s=900,
    unique=("upload_id",),
    on_ended=_not_looked_at,
    permission=Permission.PORTFOLIO,
)
def take(*, upload_id: int) -> None:
    """Make a document of an upload that lies in the bucket, or say why it is none."""
    upload = store.find(upload_id)
    if upload is None or upload.state is not DirectUploadState.SENT:
        with completing():
            return
    new = _stored(upload)
    with completing():
        if isinstance(new, str):
            store.refuse(upload.id, new)
        else:
            store.take(upload.id, intake.add(new, by=upload.added_by)[0].id)


@task(Queue.DEFAULT, attempts=5, deadline_s=1800, unique=())
def clear() -> None:
    """Take away what lies under ``incoming/`` a day after its form closed, and its row."""
    before = datetime.now(UTC) - timedelta(seconds=rules.STAYS_S)
    while batch := store.over(before=before, limit=_BATCH):
        for one in batch:
            outside.maintained_storage().delete(one.storage_key)
        failpoint("documents.cleared")
        with fenced():
            store.forget([one.id for one in batch])


def _stored(upload: DirectUpload) -> NewDocument | str:
    """Store an upload under a key of its own, or say in a sentence why not. Raises ``Unavailable``."""
    with scratch.opened() as file:
        try:
            received = _fetched(upload, file)
            return intake.store(received, upload.owner)
        except NotTaken as error:
            return document_objections.sentence(error.objection)
        except UploadsOff as error:
            return str(error)
        except Rejected:
            return "The bucket does not have it: post the form first, with the file as its last field."
        except NotNow as error:
            raise Unavailable(str(error)) from error


def _fetched(upload: DirectUpload, file: BinaryIO) -> ReceivedFile:
    """Read an upload into ``file``. Raises ``NotTaken``, ``Unavailable``; ``Rejected`` where the bucket has nothing."""
    digest = hashlib.sha256()
    with outside.storage().reading(upload.storage_key) as part:
        intake.require_acceptable(upload.name, "", part.total)
        for chunk in part.chunks:
            digest.update(chunk)
            file.write(chunk)
    return ReceivedFile(file=file, name=upload.name, declared="", size=part.total, sha256=digest.hexdigest())
