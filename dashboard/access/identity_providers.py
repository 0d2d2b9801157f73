"""Buttons that lead to a provider, to sign in or to link an identity, and the page on the way there."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources.access.identity_providers import ProviderKey, set_browser_cookie
from api_stub.security import identity_providers, origins
from api_stub.security.identity_providers import WayOut
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


@pages.post("/sign-in/with/{provider}")
def sign_in_with(request: Request, provider: ProviderKey, next: fields.Next = "/") -> Response:  # noqa: A002 - as in the form
    """Lead to a provider to sign in."""
    return _onward(request, provider, identity_providers.begin(provider, to=origins.own_path(next)))


@pages.post("/account/identities/{provider}/link")
def link(request: Request, who: Caller, provider: ProviderKey) -> Response:
    """Lead to a provider to link an identity."""
    return _onward(request, provider, identity_providers.begin(provider, to="/account", links=who))


def _onward(request: Request, provider: str, way: WayOut) -> Response:
    """Answer with a page that goes on to the provider: a form's redirect may not leave our site (form-action)."""
    page = render.page(request, "access/onward.html", url=way.url, provider=identity_providers.title(provider))
    set_browser_cookie(page, way)
    return page


@pages.post("/account/identities/{identity_id}/unlink")
def unlink(who: Caller, identity_id: Id) -> Response:
    """Take an identity from one's account."""
    problems.existing(lambda number: identity_providers.unlink(who, number), identity_id)
    return flash_messages.redirect("/account", _("That identity does not sign you in any more."))
