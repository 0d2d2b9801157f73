"""Makes small pictures of documents that are clean: a PDF's first page, an image.

Promise: local. The picture is stored in the transaction that ends the job; made twice it is the same.
"""

from functools import partial

from db.documents import documents
from db.documents import previews as store
from integrations import preview
from integrations.errors import Rejected
from rules.access import Permission
from tasks.documents import scratch
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task

_BATCH = 500


@task(Queue.DEFAULT, attempts=3, deadline_s=300, unique=("document_id",), permission=Permission.PORTFOLIO)
def make(*, document_id: int) -> None:
    """Make a document's preview; where a file allows none, keep the reason."""
    document = documents.find(document_id)
    if document is None or document.why_withheld or document.content_type not in preview.PREVIEWED:
        with completing():
            return
    try:
        with scratch.fetched(document) as file:
            made = preview.render(file, document.content_type)
    except Rejected as error:
        with completing():
            store.save(document_id, why=str(error))
        return
    with completing():
        store.save(document_id, image=made.webp, width=made.width, height=made.height)


def _size() -> FanOutSize:
    return FanOutSize(store.count_missing(types=sorted(preview.PREVIEWED)))


@task(Queue.DEFAULT, attempts=3, unique=(), fans_out=True, size=_size, permission=Permission.PORTFOLIO)
def make_missing() -> None:
    """Make the previews that are missing, and take away those of documents that nobody may open any more."""
    while store.drop_deleted(limit=_BATCH) == _BATCH:
        pass
    make.fan_out(partial(store.missing_after, types=sorted(preview.PREVIEWED)), "document_id")
