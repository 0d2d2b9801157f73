"""The sandbox's Stripe: its API over HTTP, Checkout's page, and webhooks, with a book of what was really charged.

    /v1/...        the API (api.py), for requests with the key; idempotency keys are honoured
    /c/pay/cs_...  Checkout's page (checkout.py), where a click pays, is declined, or is asked by the bank
    webhooks       signed, tried again; late, doubled and in disorder on demand (webhooks.py)

The stripe package is pointed at it by its base address alone. Nothing of it is real; what of the real service the
sandbox does not play stands in docs/billing.md.
"""

import json
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Self, cast
from urllib.parse import parse_qsl, urlsplit

from sandbox.behaviour import HUGE, Conduct
from sandbox.loopback import Loopback
from sandbox.stripe import checkout
from sandbox.stripe.api import StripeApi
from sandbox.stripe.misbehaviour import AFTER, OrderedFault, StripeFault
from sandbox.stripe.objects import Json, Objects, StripeProblem
from sandbox.stripe.webhooks import WebhookSender

ACCOUNT = "acct_sandbox"
KEY = "rk_test_sandbox_key_that_protects_nothing"
WEBHOOK_SECRET = "whsec_sandbox_secret_that_protects_nothing"  # noqa: S105 - as it says
RETRY_AFTER_S = 2


class StripeServer(Loopback):
    """Stripe on a free port of 127.0.0.1."""

    def __init__(self, *, secrets: Sequence[str] = (WEBHOOK_SECRET,)) -> None:
        super().__init__(_Handler, Conduct())
        self.objects = Objects(account=ACCOUNT)
        self.api = StripeApi(self.objects, home=lambda: self.url)
        self.webhooks = WebhookSender(secrets)
        self.objects.heard.append(self.webhooks.add)
        self._faults: list[OrderedFault] = []

    def __enter__(self) -> Self:
        super().__enter__()
        self.webhooks.start()
        return self

    def __exit__(self, *of: object) -> None:
        self.webhooks.stop()
        super().__exit__(*of)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def fail_next(self, fault: StripeFault, path: str, *, method: str = "POST", times: int = 1) -> None:
        """Make the next requests whose path begins with ``path``, such as ``/v1/refunds``, meet a fault."""
        self._faults.append(OrderedFault(fault, path, method, times))

    def fault_for(self, method: str, path: str) -> StripeFault | None:
        """Return the fault that a request meets, and use it up once; None where it meets none."""
        with self._lock:
            for ordered in self._faults:
                if ordered.meets(method, path):
                    ordered.times -= 1
                    return ordered.fault
        return None


class _Handler(BaseHTTPRequestHandler):
    @property
    def stripe(self) -> StripeServer:
        return cast("StripeServer", self.server)

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        self.stripe.received(f"GET {where.path}")
        if where.path.startswith("/c/pay/"):
            self._show(where.path.removeprefix("/c/pay/"))
            return
        self._answered("GET", where.path, lambda: (HTTPStatus.OK, self._got(where.path, where.query)))

    def do_POST(self) -> None:
        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.stripe.received(f"POST {where.path}")
        if where.path.startswith("/c/pay/"):
            self._click(where.path.removeprefix("/c/pay/"), dict(parse_qsl(body.decode())))
            return
        path, key = where.path.removeprefix("/v1/"), self.headers.get("Idempotency-Key")
        self._answered("POST", where.path, lambda: self.stripe.api.post(path, body, key), broken=(path, body, key))

    def _got(self, path: str, query: str) -> Json:
        return self.stripe.api.get(path.removeprefix("/v1/"), query)

    def _answered(self, method: str, path: str, act, *, broken=None) -> None:
        fault = self.stripe.fault_for(method, path)
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._send(HTTPStatus.UNAUTHORIZED, _error("invalid_request_error", "Invalid API Key provided"))
            return
        if fault is None or fault in AFTER:
            status, answer = self._done(act)
            if fault is None:
                self._send(status, answer)
                return
        elif fault is StripeFault.BROKEN and broken is not None:
            self._send(*self.stripe.api.break_for(*broken))
            return
        self._fail(fault)

    def _done(self, act) -> tuple[int, Json]:
        try:
            return act()
        except StripeProblem as problem:
            return problem.status, problem.body

    def _fail(self, fault: StripeFault) -> None:
        if fault in (StripeFault.SILENT, StripeFault.SILENT_AFTER):
            self.stripe.stopping.wait()
        elif fault in _ERRORS:
            status, *said = _ERRORS[fault]
            wait = [("Retry-After", str(RETRY_AFTER_S))] if fault is StripeFault.THROTTLED else []
            self._send(status, _error(*said), *wait)
        elif fault in _BODIES:
            self._send_bytes(HTTPStatus.OK, _BODIES[fault], "application/json")
        self.close_connection = True

    def _show(self, session_id: str) -> None:
        try:
            session = self.stripe.objects.get("checkout.session", session_id)
        except StripeProblem as problem:
            self._send(problem.status, problem.body)
            return
        self._send_bytes(HTTPStatus.OK, checkout.page(session), "text/html; charset=utf-8")

    def _click(self, session_id: str, form: Json) -> None:
        with self.stripe.objects.lock:
            status, said = checkout.act(self.stripe.objects, session_id, form)
        if isinstance(said, bytes):
            self._send_bytes(status, said, "text/html; charset=utf-8")
        else:
            self._send_bytes(status, b"", "text/plain", ("Location", said))

    def _send(self, status: int, said: Json, *headers: tuple[str, str]) -> None:
        self._send_bytes(status, json.dumps(said).encode(), "application/json", *headers)

    def _send_bytes(self, status: int, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing: the tests read ``requests``."""


def _error(kind: str, message: str, code: str | None = None) -> Json:
    return {"error": {"type": kind, "message": message, "code": code}}


_BROKEN = (HTTPStatus.INTERNAL_SERVER_ERROR, "api_error", "An unknown error occurred")
_ERRORS = {
    StripeFault.BROKEN: _BROKEN,
    StripeFault.BROKEN_AFTER: _BROKEN,
    StripeFault.THROTTLED: (HTTPStatus.TOO_MANY_REQUESTS, "invalid_request_error", "Too many requests", "rate_limit"),
    StripeFault.CONFLICT: (
        HTTPStatus.CONFLICT,
        "idempotency_error",
        "There is currently another in-progress request using this Idempotent Key",
        "idempotency_key_in_use",
    ),
    StripeFault.AWAY: (HTTPStatus.SERVICE_UNAVAILABLE, "api_error", "Try again later"),
}
_BODIES = {StripeFault.GARBAGE: b"\x00\xff<html>", StripeFault.HUGE: b" " * HUGE}
