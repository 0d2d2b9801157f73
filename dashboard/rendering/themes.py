"""Themes: light, dark, or as the system says. A cookie keeps it, so that a page has its colours before any script."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.security import cookies
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_KEPT_S: Final = 31_536_000


class Theme(StrEnum):
    """The colours of pages."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


NEXT: Final = {Theme.SYSTEM: Theme.DARK, Theme.DARK: Theme.LIGHT, Theme.LIGHT: Theme.SYSTEM}
"""The theme now -> the theme that the switch changes to."""


def read(request: Request) -> Theme:
    """Return the theme in the request's cookie; the system's without one."""
    given = request.cookies.get(cookies.THEME, "")
    return Theme(given) if given in set(Theme) else Theme.SYSTEM


@pages.post("/theme")
def choose(who: Caller, theme: Annotated[Theme, Form()], next: fields.Next = "/") -> Response:  # noqa: A002 - as in the form
    """Choose the colours of this browser, and go back to the page."""
    del who
    response = flash_messages.redirect(next, _(_SAID[theme]))
    cookies.put(response, cookies.THEME, theme, max_age_s=_KEPT_S)
    return response


_SAID: Final = {
    Theme.SYSTEM: "Colours are as your system has them.",
    Theme.LIGHT: "Colours are light.",
    Theme.DARK: "Colours are dark.",
}
