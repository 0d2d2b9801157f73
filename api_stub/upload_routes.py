"""Routes that take a file: it is streamed to the disk while it comes, and the endpoint finds it there whole.

    permission, own page ──> declared size, name ──> bytes to a nameless file, counted and hashed ──> the endpoint

A program sends the file as the body, its name in the query. A browser's form sends multipart/form-data, with the token
of the page in a field or in the header; without the header the token can only be checked once the form was read.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api_stub import routes
from api_stub.problems import Problem
from api_stub.routes import Handler, Route
from api_stub.security import csrf
from api_stub.security.policy import Policy
from tasks.documents import intake
from tasks.documents.intake import ReceivedFile

_AT_ONCE = 16
"""Uploads that one process receives at the same time."""

_PATIENCE_S = 30.0
"""How long the next bytes may take."""

_FIELDS = 8
_MULTIPART = "multipart/form-data"
_HASHED = 1024 * 1024

_receiving: Final = asyncio.Semaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came, and the other fields of its form."""

    received: ReceivedFile
    fields: dict[str, str]


def router(**options: Any) -> APIRouter:
    """Return a router whose routes take a file; ``of`` gives it to the endpoint."""
    return routes.router(route_class=UploadRoute, **options)


def of(request: Request) -> Upload:
    """Return the file that came with a request."""
    return request.state.upload


class UploadRoute(Route):
    """A route whose body is a file, which is never held in memory as a whole."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            with ExitStack() as stack:
                request.state.files = stack
                return await inner(request)

        return handle

    async def check_own_page(self, request: Request, asked: Policy) -> None:
        """Check the page that sent the request, and the header's token; a form's token is checked when it is read.

        Raises ``Problem`` 403.
        """
        later = asked.csrf and csrf.HEADER not in request.headers and _is_form(request)
        await csrf.check(request, needs_token=asked.csrf and not later)
        request.state.token_pending = later

    async def read(self, request: Request) -> bytes:
        """Receive the file; return its name and SHA-256, which stand for the body. Raises ``Problem``."""
        if _receiving.locked():
            raise Problem(503, "unavailable", "Many files are being received; send it again", headers=_later())
        async with _receiving:
            upload = await (_form(request) if _is_form(request) else _body(request))
        request.state.upload = upload
        return f"{upload.received.name} {upload.received.sha256}".encode()


async def _body(request: Request) -> Upload:
    """Receive a file that is the body itself."""
    name, declared = request.query_params.get("name", ""), request.headers.get("content-type", "")
    length = request.headers.get("content-length", "")
    intake.require_acceptable(name, declared, int(length) if length.isdigit() else None)
    file = cast("ExitStack", request.state.files).enter_context(intake.incoming())
    digest, size = hashlib.sha256(), 0
    async for chunk in _patiently(request):
        await run_in_threadpool(file.write, chunk)
        digest.update(chunk)
        size += len(chunk)
    return Upload(ReceivedFile(file=file, name=name, declared=declared, size=size, sha256=digest.hexdigest()), {})


async def _form(request: Request) -> Upload:
    """Receive a form with one file; Starlette puts a file of more than a megabyte on the disk."""
    intake.require_open()
    parser = MultiPartParser(request.headers, _patiently(request), max_files=1, max_fields=_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(400, "bad-request", f"The form could not be read: {error.message}") from None
    for one in form.values():
        if isinstance(one, UploadFile):
            cast("ExitStack", request.state.files).callback(one.file.close)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if getattr(request.state, "token_pending", False):
        csrf.check_token(request, fields.get(csrf.FIELD))
    sent = _file_of(form)
    file = sent.file
    sha256 = await run_in_threadpool(_sha256, file)
    declared = sent.content_type or ""
    received = ReceivedFile(file=file, name=sent.filename or "", declared=declared, size=sent.size or 0, sha256=sha256)
    return Upload(received, fields)


def _file_of(form: FormData) -> UploadFile:
    sent = next((value for value in form.values() if isinstance(value, UploadFile)), None)
    if sent is None or not sent.filename:
        raise Problem(422, "bad-values", "No file was chosen; the field `file` holds it")
    return sent


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_HASHED):
        digest.update(chunk)
    return digest.hexdigest()


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _MULTIPART


async def _patiently(request: Request) -> AsyncGenerator[bytes]:
    """Yield the body as it comes. Raises ``Problem`` 408 where it stalls, 400 where it breaks off."""
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Problem(
                408, "too-slow", f"Nothing came for {_PATIENCE_S:g} s; send it again", headers=_later()
            ) from None
        except ClientDisconnect:
            raise Problem(400, "bad-request", "The file broke off") from None
        yield chunk


def _later() -> dict[str, str]:
    return {"Retry-After": "5", "Connection": "close"}
