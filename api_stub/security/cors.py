"""Pages of other origins that may call the API: those that a setting names, with an API token, never with a cookie."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api_stub import idempotency

_ASKED = ("Authorization", "Content-Type", idempotency.HEADER, "If-Match", "If-None-Match")
_SHOWN = ("ETag", "Retry-After")


class CorsForApi:
    """Answers preflights and adds the headers (Fetch, 3.3) for these origins, on the addresses of the API alone."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_ASKED,
            expose_headers=_SHOWN,
            allow_credentials=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self._cors if is_api else self._app)(scope, receive, send)
