"""The dashboard as one router, with sign-in, the static files and the live stream; and how its problems look."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import IdFilter
from api_stub.resources.sign_in import safe_next
from api_stub.security.principal import Caller
from dashboard import (
    account,
    clients,
    domains,
    endpoints,
    live,
    mailed_links,
    money,
    providers,
    render,
    schedules,
    second_factor,
    today,
    users,
    work,
)
from dashboard.render import problem as render_problem
from db.access import audit

__all__ = ["render_problem", "router"]

_KEPT_S = 31_536_000
_ENTRIES = 50

pages: APIRouter = routes.router(include_in_schema=False)


def router() -> APIRouter:
    """Return all pages."""
    made = APIRouter()
    parts = (pages, today.pages, work.pages, schedules.pages, domains.pages, endpoints.pages, clients.pages)
    others = (money.pages, live.pages)
    people = (account.pages, users.pages, second_factor.pages, mailed_links.pages, providers.pages)
    for part in (*parts, *others, *people):
        made.include_router(part)
    return made


@pages.get("/sign-in")
def sign_in(
    request: Request,
    next: Annotated[str, Query(max_length=2000)] = "/",  # noqa: A002 - as in the address
    provider: Annotated[Literal["", "refused", "away", "taken"], Query()] = "",
) -> Response:
    """Show the form that signs in, and what became of an attempt with a provider."""
    return render.page(request, "sign_in.html", problem=None, next=safe_next(next), provider_failed=provider)


@pages.get("/static/{name}")
def static(name: str) -> Response:
    """Give a file of our own; its address changes with its contents, so browsers keep it."""
    try:
        content, kind = render.static(name), render.STATIC[name]
    except KeyError:
        raise problems.Problem(404, "not-found", "There is no such file") from None
    return Response(content, media_type=kind, headers={"Cache-Control": f"public, max-age={_KEPT_S}, immutable"})


@pages.get("/audit")
def trail(request: Request, _who: Caller, before: IdFilter = None) -> Response:
    """Show what people did, newest first."""
    entries = audit.page(before=before, limit=_ENTRIES + 1)
    after = entries[_ENTRIES - 1].id if len(entries) > _ENTRIES else None
    return render.page(request, "audit.html", entries=entries[:_ENTRIES], after=after)
