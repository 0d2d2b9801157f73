"""RDAP: what a registry says of a domain, as JSON over HTTP (RFC 7480, 9082, 9083).

bootstrap (RFC 9224): suffix ──> the registry's server ──GET domain/NAME──> rules.rdap ──> rules.domains.records
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from integrations import http_client
from integrations import rdap_bootstrap as bootstraps
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Guard
from integrations.rate_limit import UNLIMITED, RateLimit
from integrations.rdap_bootstrap import Bootstrap
from rules import names
from rules.domains.records import RAW_LONGEST, Answer, RegistryRecord
from rules.whois import durations

IANA_BOOTSTRAP = bootstraps.IANA
SERVICE = "rdap"
MOST_BYTES: Final = 256 * 1024
"""Of an answer about a domain, which usually has a few kilobytes: what JSON becomes in memory is many times that."""
NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


def fetch_bootstrap(url: str, guard: Guard, deadline_s: float, limit: RateLimit = UNLIMITED) -> Bootstrap:
    """Fetch a bootstrap file, such as ``IANA_BOOTSTRAP``, which has no unofficial servers in it.

    Raises ``Throttled``, ``Unavailable`` or ``Rejected``.
    """
    deadline = Deadline.after(deadline_s)
    with http_client.visit(
        url, accept="application/json", guard=guard, deadline=deadline, service=SERVICE, limit=limit
    ) as response:
        if response.status == HTTPStatus.OK:
            return Bootstrap.parse(response.body)
        too_often = response.status == HTTPStatus.TOO_MANY_REQUESTS
        raise _refusal(response, Answer.THROTTLED if too_often else Answer.UNPARSABLE)


def fetch(
    name: str, *, bootstrap: Bootstrap, guard: Guard, deadline_s: float, limit: RateLimit = UNLIMITED
) -> RegistryRecord | None:
    """Ask the registry's RDAP server for ``name``, an A-label domain; None where no server is known for it.

    404 means that nobody has the name only where RDAP says so: as JSON with its error code, or with no body from the
    very server that the bootstrap names. A page in HTML comes from a proxy, or from a web server that does not know
    the path: that is ``UNPARSABLE``, and WHOIS should be asked.

    Raises ``Throttled`` (also where we are shut out), ``Unavailable`` (also for what is not JSON) or ``Rejected``.
    """
    if not names.is_written(name):
        raise Rejected(f"{name!r} is not a name to ask for")
    base = bootstrap.server(name)
    if base is None:
        return None
    url, deadline = f"{base}domain/{name}", Deadline.after(deadline_s)
    with http_client.visit(
        url,
        accept="application/rdap+json",
        guard=guard,
        deadline=deadline,
        service=SERVICE,
        limit=limit,
        most_bytes=MOST_BYTES,
    ) as response:
        return _record(name, response, base)


def _record(name: str, response: http_client.Response, base: str) -> RegistryRecord:
    from rules import rdap as reader  # noqa: PLC0415 - its words of a hundred registries take each start a while

    server, raw = _server(response.url), response.body.decode("utf-8", "replace")[:RAW_LONGEST]
    record = reader.read(name, _document(response), server=server, raw=raw, status=response.status)
    read = response.status in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}
    if record.answer in {Answer.THROTTLED, Answer.UNAVAILABLE} or (record.answer is Answer.UNPARSABLE and not read):
        raise _refusal(response, record.answer)
    if record.answer is Answer.AVAILABLE and not raw.strip() and server != _server(base):
        return replace(record, answer=Answer.UNPARSABLE)
    return record


def _document(response: http_client.Response) -> object:
    """Return the body's JSON; None where a refusal has none. Some servers leave line feeds in strings as they are."""
    try:
        return json.loads(response.body, strict=False)
    except (ValueError, RecursionError) as error:
        if response.status == HTTPStatus.OK:
            raise Unavailable(f"{response.url} is not JSON: {type(error).__name__}") from error
        return None


def _server(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _refusal(response: http_client.Response, answer: Answer) -> IntegrationError:
    status, message, later = (
        response.status,
        f"{response.url} answered {response.status}",
        http_client.retry_after(response),
    )
    if answer is Answer.THROTTLED:
        said = response.body[: durations.LONGEST_TEXT].decode("utf-8", "replace")
        return Throttled(message, retry_after=durations.come_back(said, datetime.now(UTC)) if later is None else later)
    ours = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in NOT_NOW
    if answer is Answer.UNPARSABLE and ours:
        return Rejected(message)
    return Unavailable(message, retry_after=later)
