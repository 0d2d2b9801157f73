"""The sandbox's RDAP registry: a bootstrap file and the domains of those TLDs that speak RDAP."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import cast

from sandbox.behaviour import HUGE, METADATA, Behaviour, Conduct, bomb, send
from sandbox.loopback import Loopback
from sandbox.truth import Domain, RegistryState, Speaks

RETRY_AFTER_S = 30
GARBAGE = b"\x00\xff<html>\r\n\r\nnot the protocol"


class RdapServer(Loopback):
    """A server of ``/dns.json`` (RFC 9224) and ``/domain/NAME`` (RFC 9083); 404 for a name that is not registered."""

    def __init__(self, domains: Sequence[Domain], conduct: Conduct | None = None) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.domains = {each.name: each for each in domains if each.speaks is Speaks.RDAP}

    @property
    def url(self) -> str:
        return f"http://{self.address}/"

    @property
    def bootstrap_url(self) -> str:
        return f"{self.url}dns.json"

    def bootstrap(self) -> dict[str, object]:
        tlds = sorted({name.rpartition(".")[2] for name in self.domains})
        return {"version": "1.0", "services": [[tlds, [self.url]]]}

    def document(self, name: str) -> dict[str, object] | None:
        domain = self.domains.get(name)
        registered = domain and domain.registration is RegistryState.REGISTERED
        return _document(domain) if domain and registered else None


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("RdapServer", self.server)
        if self.path == "/dns.json":
            self.wfile.write(_json(server.bootstrap()))
            return
        name = self.path.removeprefix("/domain/")
        behaviour = server.received(name)
        if behaviour in {Behaviour.SILENT, Behaviour.HANG_UP}:
            return
        odd = ODD_ANSWERS.get(behaviour)
        answer = odd(f"{server.url}domain/{name}") if odd else _json(server.document(name))
        send(self.connection, answer, behaviour, stopping=server.stopping, delay_s=server.conduct.delay_s)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing: the tests read ``requests``."""


def _json(document: dict[str, object] | None) -> bytes:
    status = HTTPStatus.NOT_FOUND if document is None else HTTPStatus.OK
    body = json.dumps({"errorCode": status, "title": "Not Found"} if document is None else document).encode()
    return _http(status, body, "Content-Type: application/rdap+json")


def _http(status: HTTPStatus, body: bytes, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status.value} {status.phrase}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join([*lines, "", ""]).encode() + body


def _redirect(url: str) -> bytes:
    return _http(HTTPStatus.FOUND, b"", f"Location: {url}")


def _document(domain: Domain) -> dict[str, object]:
    events = {"registration": domain.created, "last changed": domain.updated, "expiration": domain.expires}
    registrar = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", domain.registrar]]]
    return {
        "objectClassName": "domain",
        "ldhName": domain.name,
        "status": [_rdap_status(each) for each in domain.statuses],
        "events": [{"eventAction": action, "eventDate": _rfc3339(at)} for action, at in events.items() if at],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": each} for each in domain.nameservers],
        "entities": [{"objectClassName": "entity", "roles": ["registrar"], "vcardArray": registrar}],
    }


def _rdap_status(epp: str) -> str:
    """Return the RDAP spelling of an EPP status (RFC 8056): clientHold -> client hold, ok -> active."""
    return "active" if epp == "ok" else re.sub(r"(?=[A-Z])", " ", epp).lower()


def _rfc3339(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


ODD_ANSWERS: dict[Behaviour, Callable[[str], bytes]] = {
    Behaviour.THROTTLE: lambda _: _http(HTTPStatus.TOO_MANY_REQUESTS, b"", f"Retry-After: {RETRY_AFTER_S}"),
    Behaviour.GARBAGE: lambda _: GARBAGE,
    Behaviour.HUGE: lambda _: _http(HTTPStatus.OK, b" " * HUGE, "Content-Type: application/rdap+json"),
    Behaviour.BOMB: lambda _: _http(HTTPStatus.OK, bomb(), "Content-Encoding: gzip"),
    Behaviour.CIRCLE: _redirect,
    Behaviour.PRIVATE: lambda _: _redirect(f"http://{METADATA}/latest/meta-data/"),
    Behaviour.LOCAL_FILE: lambda _: _redirect("file:///etc/passwd"),
}
"""By behaviour, what makes the false answer to a request for a URL."""
