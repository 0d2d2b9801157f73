"""Removal: the bytes of what was deleted go once its grace time is over and nothing keeps it.

    marked ──grace──> claimed (it cannot come back any more) ──> its bytes go ──> its row goes

Promise: convergent. An attempt that dies between two steps leaves a claimed row; the next one goes on with it.
"""

import structlog

import settings
from db import connection
from db.documents import documents
from integrations.errors import Rejected
from settings.failpoints import failpoint
from tasks import outside
from tasks.engine.context import fenced
from tasks.engine.task import Queue, task

log = structlog.get_logger()

_BATCH = 100


@task(Queue.DEFAULT, attempts=5, deadline_s=1800, unique=())
def remove() -> None:
    """Take away the bytes and the rows of documents that were deleted long enough ago."""
    removed = last = 0
    while batch := _claimed(last):
        for document_id, key in batch:
            removed += _removed(document_id, key)
        last = batch[-1][0]
    if removed:
        log.info("documents_removed", documents=removed)


def _claimed(last: int) -> list[tuple[int, str]]:
    with fenced():
        return documents.claim_removable(last, grace_days=settings.current().document_grace_days, limit=_BATCH)


def _removed(document_id: int, key: str) -> bool:
    """Remove one document; one that the storage does not give up, such as one that is locked, stays claimed."""
    try:
        outside.maintained_storage().delete(key)
    except Rejected as error:
        log.error("document_not_removed", document=document_id, error=str(error))  # noqa: TRY400 - its trace says no more
        return False
    failpoint("documents.bytes_removed")
    with connection.transaction():
        documents.forget(document_id)
    return True
