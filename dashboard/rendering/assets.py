"""Static files: the address of each changes with its contents, so that browsers may keep it for ever."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

from api_stub import problems, routes

pages: APIRouter = routes.router(include_in_schema=False)

_TYPES = {
    "nolapse.css": "text/css",
    "nolapse.js": "text/javascript",
    "passkeys.js": "text/javascript",
    "combobox.js": "text/javascript",
    "search.js": "text/javascript",
    "uploads.js": "text/javascript",
    "forms.js": "text/javascript",
    "filters.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_KEPT_S = 31_536_000


@pages.get("/static/{name}")
def static(name: str) -> Response:
    """Give a static file."""
    if name not in _TYPES:
        raise problems.Problem(404, "not-found", "There is no such file")
    headers = {"Cache-Control": f"public, max-age={_KEPT_S}, immutable"}
    return Response(_content(name), media_type=_TYPES[name], headers=headers)


@pages.get("/favicon.ico")
def favicon() -> Response:
    """Give the icon to browsers that ask for it unbidden, as they do beside JSON and the API's reference."""
    return static("icon.svg")


@cache
def address(name: str) -> str:
    """Return the address of a static file as it is now."""
    return f"/static/{name}?v={hashlib.sha256(_content(name)).hexdigest()[:12]}"


@cache
def _content(name: str) -> bytes:
    return files("dashboard").joinpath("static", name).read_bytes()
