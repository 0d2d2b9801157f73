"""The sandbox's VIES: it knows the VAT-IDs that it is told of, and fails in the ways that the real one fails.

Conduct is by country, ``DE``: slow, silent, garbage, hanging up; ``away`` holds errors by country.
"""

import json
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any, cast

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback


class ViesServer(Loopback):
    """VIES on a free port of 127.0.0.1. ``registered`` maps VAT-IDs with their prefix to names."""

    def __init__(self, conduct: Conduct | None = None) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.registered: dict[str, str] = {}
        self.away: dict[str, str] = {}
        """The error that is answered for a country: ``{"DE": "MS_UNAVAILABLE"}``."""
        self.asked: list[dict[str, str]] = []
        self.numbers = count(1)

    @property
    def url(self) -> str:
        return f"http://{self.address}/rest-api"


class _Handler(BaseHTTPRequestHandler):
    server: ViesServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class calls it
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer({"vow": {"available": True}, "countries": []})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        country = cast("str", asked["countryCode"])
        self.server.asked.append(asked)
        behaviour = self.server.received(country)
        if behaviour is Behaviour.GARBAGE:
            self._send(b"<html>Sorry</html>")
        elif behaviour is not Behaviour.HANG_UP:
            self._answer(self._said(asked, country))

    def _said(self, asked: dict[str, str], country: str) -> dict[str, Any]:
        if error := self.server.away.get(country):
            return {"actionSucceed": False, "errorWrappers": [{"error": error}]}
        name = self.server.registered.get(f"{country}{asked['vatNumber']}")
        number = f"WAPI{next(self.server.numbers):012}" if "requesterNumber" in asked else ""
        return {
            "countryCode": country,
            "vatNumber": asked["vatNumber"],
            "requestDate": "2026-11-02T10:00:00.000Z",
            "valid": name is not None,
            "requestIdentifier": number,
            "name": name or "---",
            "address": "1 Mill Lane\n10115 Berlin" if name else "---",
        }

    def _answer(self, said: dict[str, Any]) -> None:
        self._send(json.dumps(said).encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
