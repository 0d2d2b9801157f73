"""The sandbox's RDAP registry: a bootstrap file and the domains of those TLDs that speak RDAP."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import cast

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback
from sandbox.truth import Domain, Registration, Speaks

RETRY_AFTER_S = 30
GARBAGE = b"\x00\xff<html>\r\n\r\nnot the protocol"


class RdapServer(Loopback):
    """Serves ``/dns.json`` (RFC 9224) and ``/domain/NAME`` (RFC 9083); 404 for a name that nobody registered."""

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
        registered = domain and domain.registration is Registration.REGISTERED
        return _document(domain) if domain and registered else None


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("RdapServer", self.server)
        if self.path == "/dns.json":
            self._answer(server.bootstrap())
            return
        name = self.path.removeprefix("/domain/")
        match server.received(name):
            case Behaviour.SILENT | Behaviour.HANG_UP:
                return
            case Behaviour.GARBAGE:
                self.wfile.write(GARBAGE)
            case Behaviour.THROTTLE:
                self.send_response(HTTPStatus.TOO_MANY_REQUESTS)
                self.send_header("Retry-After", str(RETRY_AFTER_S))
                self.end_headers()
            case Behaviour.NORMAL | Behaviour.SLOW:
                self._answer(server.document(name))

    def _answer(self, document: dict[str, object] | None) -> None:
        status = HTTPStatus.NOT_FOUND if document is None else HTTPStatus.OK
        body = json.dumps({"errorCode": status, "title": "Not Found"} if document is None else document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/rdap+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing: the tests read ``requests``."""


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
