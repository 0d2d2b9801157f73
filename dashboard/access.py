"""Who may come in and what people did: the sign-in form, and the audit trail."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import IdFilter
from api_stub.security import origins
from api_stub.security.principal import Caller
from dashboard import render
from db.access import audit

pages: APIRouter = routes.router(include_in_schema=False)

_ENTRIES = 50


@pages.get("/sign-in")
def sign_in(
    request: Request,
    next: Annotated[str, Query(max_length=2000)] = "/",  # noqa: A002 - as in the address
    provider: Annotated[Literal["", "refused", "away", "taken"], Query()] = "",
) -> Response:
    """Show the form that signs in, and what became of an attempt with a provider."""
    return render.page(
        request, "access/sign_in.html", problem=None, next=origins.own_path(next), provider_failed=provider
    )


@pages.get("/audit")
def audit_trail(request: Request, _who: Caller, before: IdFilter = None) -> Response:
    """List what people did, the newest first."""
    page = audit.LIST.page("-id", after=str(before) if before else None)
    return render.page(request, "access/audit.html", entries=page.rows, after=page.after)
