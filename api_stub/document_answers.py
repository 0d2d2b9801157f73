"""A document as an answer: its bytes, or a redirect to the bucket that has them.

    bytes of a folder  ──> streamed, in a range where one is asked for, with an ETag
    bytes of a bucket  ──> 302 to an address of the bucket that holds for a minute, with the headers fixed in it

Either way the browser saves the document and does not show it, its content type is fixed, and no cache keeps it. Its
address is a secret, and browsers tell it to no other page (Referrer-Policy).
"""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from api_stub.problems import Problem
from db.documents.documents import Document
from rules.documents import download_headers as rules
from tasks.documents import handing_out
from tasks.documents.handing_out import DocumentLost, NoSuchBytes, StorageAway

log = structlog.get_logger()

SECRET_ADDRESS: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Headers of an answer whose address is its own permission."""


def answer(request: Request, document: Document) -> Response:
    """Return the answer that hands a document out. Raises ``Problem``: 404 where its bytes are lost, 503 for now."""
    if document.why_withheld:
        raise Problem(404, "not-found", f"This document is not handed out: {document.why_withheld}")
    try:
        with problems_of_storage(f"document {document.id}"):
            to = handing_out.bucket_address(document)
            if to is not None:
                return RedirectResponse(to, status_code=302, headers=SECRET_ADDRESS)
            return _streamed(request, document)
    except NoSuchBytes as error:
        return Response(status_code=416, headers={**SECRET_ADDRESS, "Content-Range": f"bytes */{error.total}"})


@contextmanager
def problems_of_storage(what: str) -> Generator[None]:
    """Turn errors of the storage about ``what`` into ``Problem``: 503 where it is away, 404 where it has no bytes."""
    try:
        yield
    except StorageAway:
        raise Problem(
            503, "unavailable", "The storage does not answer; try again in a minute", headers={"Retry-After": "60"}
        ) from None
    except DocumentLost as error:
        log.error("document_lost", what=what, error=str(error))  # noqa: TRY400 - its trace says no more
        raise Problem(404, "not-found", "The storage does not give this document; staff can see why") from None


def is_first(request: Request) -> bool:
    """Tell whether a request begins a download: it asks for the document's first byte, not for a further part."""
    asked = rules.asked_range(request.headers.get("range"), 1)
    return asked is None or asked.first == 0


def _streamed(request: Request, document: Document) -> Response:
    tag = f'"{document.sha256}"'
    headers = {
        **SECRET_ADDRESS,
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Type": rules.content_type(document.content_type),
        "Content-Disposition": rules.content_disposition(document.name),
    }
    if request.headers.get("if-none-match", "").strip() in (tag, "*"):
        return Response(status_code=304, headers=headers)
    asked = None
    if request.headers.get("if-range", tag) == tag:
        asked = rules.asked_range(request.headers.get("range"), document.size)
    with ExitStack() as opened:
        part = opened.enter_context(handing_out.byte_range(document, asked))
        headers["Content-Length"] = str(part.last - part.first + 1)
        if asked is not None:
            headers["Content-Range"] = f"bytes {part.first}-{part.last}/{part.total}"
        chunks = _closing(part.chunks, opened.pop_all())
        return StreamingResponse(chunks, status_code=200 if asked is None else 206, headers=headers)


def _closing(chunks: Iterator[bytes], opened: ExitStack) -> Iterator[bytes]:
    """Iterate over the chunks; close their source when they end, or when the reader stops early."""
    with opened:
        yield from chunks
