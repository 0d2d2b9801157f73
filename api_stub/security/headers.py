"""What holds for every answer, also for errors: its headers, a cap on the body, our own host name, and no trace."""

import secrets
from collections.abc import MutableMapping
from email.message import Message as Headers
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import settings
from api_stub import problems
from api_stub.problems import Problem
from api_stub.security import origins, untrusted_proxies
from rules.bank.bank_file import MOST_BYTES

log = structlog.get_logger()

LARGEST_BODY = 256 * 1024  # bytes
UPLOADS = frozenset({("POST", "/api/documents"), ("POST", "/documents")})
"""Where files may be sent to, by method and path; they are streamed to the disk (``api_stub.upload_routes``)."""
_BANK_FILES = frozenset({("POST", "/bank-files"), ("POST", "/api/bank-files")})
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
_CONNECT = "connect-src 'self'"
FRAMED_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; sandbox"
)
"""The policy of a mail's HTML in a frame of ours: its own styles and embedded images; no script, form or link out."""
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers send Origin: null, and no form would pass
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=31536000; includeSubDomains"
MOST_AT_ONCE = 512
"""Requests that are answered at the same time, live streams among them."""

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_HEALTH = "/health/"
_ANY_HOST = (_HEALTH, "/metrics")  # asked by address, from load balancers and collectors


class HardenedApp:
    """The application in a layer that bounds each request, turns exceptions into answers, and adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._running += 1
        try:
            await self._answered(scope, receive, send)
        finally:
            self._running -= 1

    def _check_room(self, request: Request) -> None:
        """Refuse requests beyond ``MOST_AT_ONCE``, but for health checks. Raises ``Problem`` 503."""
        if self._running > MOST_AT_ONCE and not request.url.path.startswith(_HEALTH):
            raise problems.unavailable("Nolapse, which answers too many at once,", retry_after_s=2)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, answer = Request(scope), _HardenedAnswer(scope, send)
        try:
            self._check_room(request)
            _check_host(request)
            _check_framing(request)
            _check_charset(request)
            _check_length(request)
            await untrusted_proxies.notice(request)
            await self._app(scope, _CappedBody(receive, largest_body(request)).receive, answer.send)
        except Problem as problem:
            await self._answer_problem(problem, request, answer)
        except ClientDisconnect:
            log.info("caller_hung_up", method=scope["method"], route=_route(scope))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("request_failed", method=scope["method"], route=_route(scope), reference=reference)
            if answer.begun:
                raise
            await self._answer_problem(_bug(reference), request, answer)

    async def _answer_problem(self, problem: Problem, request: Request, answer: "_HardenedAnswer") -> None:
        response = problems.answer(request, problem)
        await response(request.scope, _nothing, answer.send)


def _route(scope: Scope) -> str | None:
    """Return the route's pattern, never the path itself: it may hold a sign-in link."""
    return getattr(scope.get("route"), "path", None)


def _bug(reference: str) -> Problem:
    return Problem(
        500, "bug", f"This is a mistake of ours. Tell whoever runs Nolapse to look for {reference} in the log"
    )


def _check_host(request: Request) -> None:
    host = request.headers.get("host", "")
    if not origins.is_own_host(host) and not request.url.path.startswith(_ANY_HOST):
        raise Problem(421, "wrong-host", "Nolapse does not answer to this name; set NOLAPSE_PUBLIC_URL if it should")


def _check_charset(request: Request) -> None:
    """Refuse bodies that are not UTF-8: the reader of forms would use any of Python's codecs that the header names."""
    head = Headers()
    head["content-type"] = request.headers.get("content-type", "")
    if any(name == "charset" and str(value).lower() not in _CHARSETS for name, value in head.get_params(())):
        raise Problem(415, "wrong-kind", "The body is written in another charset than UTF-8; send it in that one")


def _check_framing(request: Request) -> None:
    """Refuse a body with two lengths: a proxy that obeys the other one would see another request (RFC 9112, 6.3)."""
    if {"content-length", "transfer-encoding"} <= set(request.headers):
        raise Problem(
            400,
            "bad-request",
            "The body has both Content-Length and Transfer-Encoding; send one of them",
            headers={"Connection": "close"},
        )


def _check_length(request: Request) -> None:
    declared, most = request.headers.get("content-length", "0"), largest_body(request)
    if declared.isdigit() and int(declared[:20]) > most:
        raise _too_large(most)


def largest_body(request: Request) -> int:
    """Return how many bytes a body may have: those of a form, and those of a file where the route takes one."""
    config = settings.current()
    if config.takes_uploads and (request.method, request.url.path) in UPLOADS:
        return config.upload_max_bytes + LARGEST_BODY
    if (request.method, request.url.path) in _BANK_FILES:
        return MOST_BYTES + LARGEST_BODY
    return LARGEST_BODY


def _too_large(most: int) -> Problem:
    return Problem(
        413, "too-large", f"The body is larger than {most} bytes; send less", headers={"Connection": "close"}
    )


class _CappedBody:
    """A body whose bytes are counted and capped, whatever length it declared."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._received = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self._most:
            raise _too_large(self._most)
        return message


class _HardenedAnswer:
    """An answer that gets our headers, and knows whether it has begun."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._secure = scope["scheme"] == "https" or (settings.current().public_url or "").startswith("https://")
        self.begun = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if headers["Content-Security-Policy"] != FRAMED_POLICY:
                headers["Content-Security-Policy"] = _content_policy()
            if self._secure:
                headers["Strict-Transport-Security"] = _HSTS
        await self._send(message)


def _content_policy() -> str:
    """Return the content policy of pages; where pages send files to the bucket, it allows connections to it."""
    bucket = settings.current().upload_origin
    return CONTENT_POLICY.replace(_CONNECT, f"{_CONNECT} {bucket}") if bucket else CONTENT_POLICY


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
