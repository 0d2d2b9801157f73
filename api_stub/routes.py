"""How every route of the API and the pages answers: who calls, may they, does a page of ours ask; then the endpoint.

    policy -> session or token -> how often -> role, limit, scope -> Origin and CSRF token -> the body's kind and depth
           -> FastAPI: validate, call

A route is declared on a ``router()`` with a plain ``def``, which runs in one thread with one database session:

    pages = routes.router(include_in_schema=False)

    @pages.get("/jobs")               # and its line in api_stub/security/policy.py: ("GET", "/jobs"): _READ
    def jobs_page(request: Request, who: Caller) -> Response:
        return render.page(request, "ledger/jobs.html", jobs=jobs.newest())

A caller who is not signed in is sent from a page to /sign-in?next=..., and gets a problem (401) from the API. A
``Problem`` raised anywhere ends the request; for browsers, ``render`` of ``app.make_app`` makes a page of it.
"""

import functools
import inspect
import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

import settings
from api_stub import conventions, problems, spoken
from api_stub.security import api_tokens, cookies, csrf, origins, permissions, policy, request_rates, sessions
from api_stub.security.admission import Visitor
from api_stub.security.policy import Policy
from api_stub.security.principal import Principal
from db import connection
from db.access import audit
from rules import access
from rules.access import devices

REASON = "X-Reason"
"""The header in which a program may say why it changes something; the audit trail keeps it."""
DEEPEST_JSON = 20
_FORM_FIELDS = 1000
_JSON = re.compile(r"application/([a-z0-9.-]+\+)?json")
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def router(*, route_class: type["Route"] | None = None, **options: Any) -> APIRouter:
    """Return a router whose routes are of ``route_class``: ``Route``, or a subclass of it."""
    return APIRouter(route_class=route_class or Route, generate_unique_id_function=_operation_id, **options)


def _operation_id(route: APIRoute) -> str:
    """Name an operation as its function, because generated clients name their functions after it."""
    return route.name


class Route(APIRoute):
    """A route that only lets those callers through whom its policy allows."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = set[str](options.get("methods") or ("GET",))
        conventions.declare(path, methods, endpoint)
        super().__init__(path, _in_session(endpoint, methods, options.get("status_code") or 200), **options)
        self._beginning = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # One of some hundred routes is meant. Nearly all others begin with other letters, and comparing the beginning
        # is cheaper than matching the pattern.
        if not scope["path"].startswith(self._beginning):
            return Match.NONE, {}
        return super().matches(scope)

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            spoken.begin(request, page=not self.include_in_schema)
            asked = policy.find(request.method, self.path)
            if asked is None:
                raise problems.forbidden("This route has no policy, so nobody may use it")
            request.state.principal = await self._admitted(request, asked)
            spoken.begin(request, page=not self.include_in_schema)
            if self.include_in_schema:
                _check_query(request, _query_names(self.dependant))
            body = await self.read(request)
            with audit.coming_from(_origin(request, body)):
                exchange = conventions.begun(request, self.path, body, asked)
                response = conventions.ended(request, exchange, await inner(request))
            csrf.set_visitor(request, response)
            return response

        return handle

    async def read(self, request: Request) -> bytes:
        """Return the body, or bytes that stand for it. Raises ``Problem`` where the route cannot read it."""
        if self.body_field is not None:
            _check_kind(request, form=isinstance(self.body_field.field_info, params.Form))
        await _check_depth(request)
        return await request.body()

    async def check_own_page(self, request: Request, asked: Policy) -> None:
        """Let a request with a cookie pass where a page of ours sent it. Raises ``Problem`` 403."""
        await csrf.check(request, needs_token=asked.csrf)

    async def _admitted(self, request: Request, asked: Policy) -> Principal | None:
        """Return the caller; None where the route lets anybody in. Raises ``Problem`` 401, 403, 429."""
        named = asked.permission is not None and not (asked.loopback and _is_let_in_unnamed(request))
        principal = await run_in_threadpool(_caller, request) if named else None
        if asked.counted:
            request_rates.require(request, principal)
        if named:
            _require(asked, principal)
        if principal is None or principal.scopes is None:  # an API token is no cookie: no other site can send it
            await self.check_own_page(request, asked)
        return principal


def _is_let_in_unnamed(request: Request) -> bool:
    """Tell whether a caller on this machine needs no name; never in production, where a proxy may run on it."""
    return settings.current().environment != "production" and origins.is_loopback(request)


def _require(asked: Policy, principal: Principal | None) -> None:
    if principal is None:
        raise problems.sign_in_needed()
    if asked.permission is None or not principal.may(asked.permission):
        roles = ", ".join(access.roles_with(asked.permission)) if asked.permission else ""
        raise problems.forbidden(f"This needs one of the roles {roles}; yours is {principal.role}")
    if asked.whole:
        permissions.require_whole(principal)
    if principal.scopes is not None and asked.scope not in principal.scopes:
        needed = f"a token with the scope {asked.scope}" if asked.scope else "a session instead of a token"
        raise problems.forbidden(f"This needs {needed}")


def _caller(request: Request) -> Principal | None:
    """Return the caller: by API token if one is shown, else by the session's cookie."""
    with connection.session():
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":  # a proxy may ask for others, such as Basic, for itself
            return api_tokens.principal_of(token.strip())
        cookie = request.cookies.get(cookies.SESSION)
        return sessions.principal_of(cookie) if cookie else None


def _origin(request: Request, body: bytes) -> audit.ActionOrigin:
    """Return the action origin for the audit trail: address, session or token, and the caller's reason if any."""
    principal = request.state.principal
    return audit.ActionOrigin(
        address=origins.address(request),
        via=principal.via if principal else "",
        reason=request.headers.get(REASON, "") or _reason_of_form(request, body),
    )


def _reason_of_form(request: Request, body: bytes) -> str:
    """Return the field ``reason`` of a page's form; empty where the form has none."""
    if request.headers.get("content-type", "").partition(";")[0] != csrf.FORMS[0]:
        return ""
    return next(iter(parse_qs(body.decode(errors="replace"), max_num_fields=_FORM_FIELDS).get("reason", ())), "")


def visitor(request: Request) -> Visitor:
    """Return the caller's address, device, and the cookie of a known browser."""
    device = devices.described(request.headers.get("user-agent", ""))
    return Visitor(origins.address(request), device, known=request.cookies.get(cookies.DEVICE, ""))


def _check_kind(request: Request, *, form: bool) -> None:
    """Refuse a body whose Content-Type is missing, or is not the one that the route reads."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fits = given in csrf.FORMS if form else _JSON.fullmatch(given)
    if _has_body(request) and not fits:
        kind = csrf.FORMS[0] if form else "application/json"
        complaint = f"Content-Type is {given[:100]!r}" if given else "There is no Content-Type"
        raise problems.Problem(415, "wrong-kind", f"{complaint}; this address reads {kind}", headers={"Accept": kind})


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


async def _check_depth(request: Request) -> None:
    if "json" not in request.headers.get("content-type", "").lower():
        return
    depth = 0
    for found in _BRACKETS.finditer(await request.body()):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found[0], 0)
        if depth > DEEPEST_JSON:
            raise problems.Problem(400, "too-deep", f"The JSON is nested deeper than {DEEPEST_JSON}; send it flatter")


def _query_names(dependant: Dependant) -> set[str]:
    """Return the names of the query parameters that a route or its dependencies take."""
    own = {one.alias for one in dependant.query_params}
    return own.union(*(_query_names(one) for one in dependant.dependencies))


def _check_query(request: Request, known: set[str]) -> None:
    """Refuse a parameter that is misspelt or given twice: a filter that silently does not filter misleads."""
    given = [name for name, _ in request.query_params.multi_items()]
    if odd := sorted({name for name in given if name not in known or given.count(name) > 1}):
        takes = ", ".join(sorted(known)) or "none"
        raise problems.Problem(
            422, "bad-values", f"{odd[0][:100]!r} is unknown or given twice; parameters are: {takes}"
        )


def _in_session(endpoint: Callable[..., Any], methods: set[str], status: int) -> Callable[..., Any]:
    """Wrap an endpoint so that it runs with a database session of its own thread.

    An ``async def`` endpoint is not wrapped: it must not use the database.
    """
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @functools.wraps(endpoint)
    def call(**given: Any) -> Any:
        with connection.session():
            return conventions.call(endpoint, given, methods, status)

    return call
