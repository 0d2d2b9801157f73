"""An OAuth 2 token endpoint on loopback, as mail accounts use one: it takes refresh tokens, or a client's secret alone.

By "/token": SILENT  never answers     HANG_UP  closes     THROTTLE  429     GARBAGE  no JSON     HUGE  10 MB
"""

import json
from http.server import BaseHTTPRequestHandler
from typing import cast
from urllib.parse import parse_qs

from sandbox.behaviour import HUGE, Behaviour, Conduct
from sandbox.loopback import Loopback

CLIENT = ("nolapse-mail", "the-mail-client-secret")
ACCOUNT = "bounces"
REFRESH_TOKEN = "1//first-refresh-token"  # noqa: S105 - protects nothing


class TokenEndpoint(Loopback):
    """An endpoint whose tokens hold until ``revoke``; with ``replaces`` each refresh token works once.

    ``lasts`` is the lifetime in seconds that it states; it does not end a token itself.
    """

    def __init__(self, conduct: Conduct | None = None) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.lasts: object = 3600
        self.replaces = False
        self.refresh_token = REFRESH_TOKEN
        self.forms: list[dict[str, str]] = []
        self.error: dict[str, str] = {}
        self._holding: set[str] = set()

    @property
    def url(self) -> str:
        """Where tokens are asked for."""
        return f"http://{self.address}/token"

    @property
    def introspection_url(self) -> str:
        """Where servers ask whether a token holds, and whose it is (RFC 7662)."""
        return f"http://{self.address}/introspect"

    def holds(self, _user: str, token: str) -> bool:
        """Tell whether a token holds."""
        return token in self._holding

    def revoke(self) -> None:
        """Make all tokens that were given invalid."""
        self._holding.clear()

    def about(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Answer whether a token holds; all tokens are of one account."""
        return 200, {"active": form.get("token") in self._holding, "username": ACCOUNT}

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """Answer a request (RFC 6749, section 5)."""
        with self._lock:
            self.forms.append(form)
            if self.error:
                return 400, dict(self.error)
            if (form.get("client_id"), form.get("client_secret")) != CLIENT:
                return 401, {"error": "invalid_client"}
            if form["grant_type"] == "refresh_token" and form.get("refresh_token") != self.refresh_token:
                return 400, {"error": "invalid_grant", "error_description": f"not {form.get('refresh_token')}"}
            token = f"ya29.token-{len(self.forms)}-" + "x" * 600
            self._holding.add(token)
            said: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts}
            if self.replaces:
                said["refresh_token"] = self.refresh_token = f"1//refresh-token-{len(self.forms)}"
            return 200, said


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        endpoint = cast("TokenEndpoint", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        match endpoint.received(self.path):
            case Behaviour.SILENT | Behaviour.HANG_UP:
                return
            case Behaviour.THROTTLE:
                self._answer(429, b"slow down", ("Retry-After", "7"))
            case Behaviour.GARBAGE:
                self._answer(200, b"<html>sign in</html>")
            case Behaviour.HUGE:
                self._answer(200, b" " * HUGE)
            case _:
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                status, said = endpoint.about(form) if self.path == "/introspect" else endpoint.answer(form)
                self._answer(status, json.dumps(said).encode())

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing: the tests read ``forms``."""
