"""Cookies: their names, and the attributes that each of them has.

``__Host-`` makes browsers insist on Secure, on Path=/ and on no Domain, so that no other host can set one of ours.
"""

from starlette.responses import Response

SESSION = "__Host-nolapse"
VISITOR = "__Host-nolapse-visitor"
"""Before sign-in: a random value from which the CSRF token of the sign-in form is derived."""

DEVICE = "__Host-nolapse-device"
"""Identifies a browser in which somebody has signed in before. It lets nobody in."""

FLASH = "__Host-nolapse-flash"
"""The flash message for the next page."""

THEME = "__Host-nolapse-theme"
"""The colours of pages in this browser."""


def put(response: Response, name: str, value: str, *, max_age_s: int | None = None) -> None:
    """Give the browser a cookie; without an age it holds until the browser is closed."""
    response.set_cookie(name, value, max_age=max_age_s, secure=True, httponly=True, samesite="lax", path="/")


def remove(response: Response, name: str) -> None:
    """Take a cookie from the browser."""
    response.delete_cookie(name, secure=True, httponly=True, samesite="lax", path="/")
