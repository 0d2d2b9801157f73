"""RDAP: what a registry says of a domain, as JSON over HTTP (RFC 7480, 9082, 9083).

bootstrap (RFC 9224): TLD ──> the registry's server ──GET domain/NAME──> rules.domains.Record
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.resources import files
from typing import Self, cast
from urllib.parse import quote, urlsplit

from integrations import web
from integrations.deadline import Deadline
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Guard
from rules import domains
from rules.domains import RAW_LONGEST, Answer, Record

IANA_BOOTSTRAP = "https://data.iana.org/rdap/dns.json"
NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
LONGEST_DELAY_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Which server answers for which names (RFC 9224): base URLs that end in a slash, by suffix."""

    servers: Mapping[str, str]

    @classmethod
    def shipped(cls) -> Self:
        """Return the snapshot that came with this release, for when IANA's own cannot be had."""
        return cls.parse(files("integrations").joinpath("data/rdap-dns.json").read_bytes())

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a bootstrap file; raise ``Unavailable`` when there is not one service in it."""
        document = _json(content, "the bootstrap file")
        services = cast("dict[str, object]", document).get("services") if isinstance(document, dict) else None
        servers = {
            suffix.lower().strip("."): base
            for service in _items(services)
            for suffixes, urls in [_halves(service)]
            if (base := _base(urls))
            for suffix in suffixes
        }
        if not servers:
            raise Unavailable("the bootstrap file names no server")
        return cls(servers)

    def server(self, name: str) -> str | None:
        """Return the base URL for ``name``: that of the suffix with the most labels, None where no suffix matches."""
        labels = name.split(".")
        suffixes = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self.servers[suffix] for suffix in suffixes if suffix in self.servers), None)


def fetch_bootstrap(url: str, guard: Guard, deadline_s: float) -> Bootstrap:
    """Fetch a bootstrap file, such as ``IANA_BOOTSTRAP``; raise ``Unavailable`` or ``Rejected``."""
    response = web.get(url, accept="application/json", guard=guard, deadline=Deadline.after(deadline_s))
    _refuse_errors(response)
    return Bootstrap.parse(response.body)


def fetch(name: str, *, bootstrap: Bootstrap, guard: Guard, deadline_s: float) -> Record | None:
    """Ask the registry's RDAP server for ``name``, an A-label domain; None where its TLD has no RDAP server.

    Raises ``Throttled``, ``Unavailable`` (also for what is not JSON) or ``Rejected``.
    """
    base = bootstrap.server(name)
    if base is None:
        return None
    url = f"{base}domain/{quote(name)}"
    response = web.get(url, accept="application/rdap+json", guard=guard, deadline=Deadline.after(deadline_s))
    server = urlsplit(response.url).netloc
    raw = response.body.decode("utf-8", "replace")[:RAW_LONGEST]
    if response.status == HTTPStatus.NOT_FOUND:
        return Record(name=name, answer=Answer.AVAILABLE, source="rdap", server=server, raw=raw)
    _refuse_errors(response)
    return domains.from_rdap(name, _json(response.body, url), server=server, raw=raw)


def _refuse_errors(response: web.Response) -> None:
    status, message = response.status, f"{response.url} answered {response.status}"
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled(message, retry_after=_retry_after(response))
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in NOT_NOW:
        raise Rejected(message)
    raise Unavailable(message, retry_after=_retry_after(response))


def _retry_after(response: web.Response) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date (RFC 9110, section 10.2.3)."""
    written = response.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return float(written[:LONGEST_DELAY_DIGITS])
    try:
        moment = domains.utc(parsedate_to_datetime(written))
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def _json(content: bytes, where: str) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{where} is not JSON: {type(error).__name__}") from error


def _halves(service: object) -> tuple[list[str], list[str]]:
    """Return the suffixes and the URLs of one service, ``[["com", "net"], ["https://..."]]``."""
    match [[each for each in _items(half) if isinstance(each, str)] for half in _items(service)]:
        case [suffixes, urls]:
            return suffixes, urls
        case _:
            return [], []


def _base(urls: list[str]) -> str | None:
    """Return the base URL to use, https where there is a choice."""
    usable = sorted(
        (url for url in urls if url.startswith(("https://", "http://"))), key=lambda url: url[:6] != "https:"
    )
    return f"{usable[0].rstrip('/')}/" if usable else None


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
