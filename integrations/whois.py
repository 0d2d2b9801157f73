"""WHOIS: what a registry says of a domain, and the registrar where the registry leaves fields out (RFC 3912).

    table, or root ──"refer: SERVER"──> registry ──"Registrar WHOIS Server: SERVER"──> registrar

Two referrals at the most, none back to a server that was asked, each through the rate limit and the guard. What the
texts mean is decided in ``rules.whois``; how a registry wants to be asked is among its facts.
"""

import re
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from integrations import port43, python_whois
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Guard
from integrations.port43 import WhoisHost, WhoisReply
from integrations.rate_limit import UNLIMITED, RateLimit
from integrations.whois_servers import WhoisServers
from rules import names
from rules.domains import registry_facts
from rules.domains.records import RAW_LONGEST, SETTLED, Answer, Asked, RegistryRecord
from rules.domains.registry_facts import ORDINARY, RegistryFacts
from rules.whois import durations

SERVICE = "whois"
IANA_ROOT = "whois.iana.org:43"
LONGEST_SERVER = 80
NO_SERVER = ""
"""Stands among the learned servers for a TLD that has none."""

TO_REGISTRY = re.compile(r"^(?:refer|whois):[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
TO_REGISTRAR = re.compile(r"^[ \t]*Registrar WHOIS(?: Server)?:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
ROOT_KNOWS_NONE = re.compile(r"^(?:domain:|% This query returned 0 objects)", re.IGNORECASE | re.MULTILINE)


def ask(
    name: str,
    *,
    servers: WhoisServers,
    root: str,
    guard: Guard,
    deadline_s: float,
    limit: RateLimit = UNLIMITED,
    learned: MutableMapping[str, str] | None = None,
) -> tuple[RegistryRecord, ...]:
    """Return what the registry of ``name``, an A-label domain, says, and then what the registrar says if it was asked.

    The registry's server is that of the table ``servers``, or of ``learned``, or the one that ``root``
    ("whois.iana.org:43") names; ``learned`` then gets it, by TLD. A registrar that cannot be asked costs nothing
    but its fields: its record is ``THROTTLED`` or ``UNAVAILABLE``. Text that nobody understands is ``UNPARSABLE``, with
    what python-whois finds in it. An answer that breaks off counts if what came says something of the domain; name
    servers and statuses are left out.

    Raises ``Throttled``, ``Unavailable`` or ``Rejected``, and what ``limit`` raises.
    """
    if not names.is_written(name):
        raise Rejected(f"{name!r} is not a name to ask for")
    way = _Way(guard, limit, Deadline.after(deadline_s))
    known: MutableMapping[str, str] = {} if learned is None else learned
    tld = name.rpartition(".")[2]
    listed = servers.server(name)
    registry = WhoisHost.parse(listed or _learned(tld, WhoisHost.parse(root), way, known))
    record, reply = _answer(name, registry, way, registry_facts.of(name, registry.host))
    if not listed:
        known[tld] = str(registry)
    registrars = _registrars(record, reply, way)
    return (record, registrars) if registrars else (record,)


@dataclass(frozen=True)
class _Way:
    """From server to server, within one deadline, and to none of them twice."""

    guard: Guard
    limit: RateLimit
    deadline: Deadline
    asked: set[WhoisHost] = field(default_factory=set[WhoisHost])

    @contextmanager
    def asking(self, server: WhoisHost, query: str, charset: str = "utf-8") -> Generator[WhoisReply]:
        """Give what a server says, inside its rate limit: what is raised over the answer is that server's outcome."""
        if server in self.asked:
            raise Unavailable(f"{server} was asked already: the servers refer in a circle")
        self.asked.add(server)
        self.deadline.left()  # a server that we have no time left for is not to be blamed
        with self.limit(SERVICE, str(server)):
            yield port43.ask(server, query, guard=self.guard, deadline=self.deadline, charset=charset)


def _learned(tld: str, root: WhoisHost, way: _Way, learned: MutableMapping[str, str]) -> str:
    """Return the registry's server, as it was learned or as the root names it; raise ``Rejected`` where it has none."""
    server = learned.get(tld)
    if server is None:
        server = _referral(tld, root, way)
    if server == NO_SERVER:
        learned[tld] = NO_SERVER
        raise Rejected(f".{tld} has no WHOIS server")
    return server


def _referral(tld: str, root: WhoisHost, way: _Way) -> str:
    from rules.whois import reader  # noqa: PLC0415 - its words of a hundred registries take each start a while

    with way.asking(root, tld) as reply:
        referral = TO_REGISTRY.search(reply.lines)
        if referral:
            return referral[1]
        if reply.whole and ROOT_KNOWS_NONE.search(reply.lines):
            return NO_SERVER
        if reader.read(tld, reply.lines).answer is Answer.THROTTLED:
            raise _throttled(root, reply)
        raise reply.trouble or Unavailable(f"{root} does not say which server answers for .{tld}")


def _answer(
    name: str, server: WhoisHost, way: _Way, known: RegistryFacts, asked: Asked = "registry"
) -> tuple[RegistryRecord, WhoisReply]:
    """Ask in the server's own form, and read its answer."""
    from rules.whois import reader  # noqa: PLC0415 - its words of a hundred registries take each start a while

    with way.asking(server, known.query.format(name=name), known.charset) as reply:
        record = reader.record(name, reply.lines, str(server), asked=asked)
        if record.answer is Answer.THROTTLED:
            raise _throttled(server, reply)
        if record.answer is Answer.UNAVAILABLE:
            raise Unavailable(f"{server} says that it cannot answer now: {record.evidence.get('answer', '')!r}")
        if reply.trouble and record.answer not in SETTLED:
            raise reply.trouble
        if record.answer is Answer.UNPARSABLE:
            record = replace(record, unconfirmed=python_whois.read(name, reply.lines))
        if not reply.whole:  # half of a list would be news of what was lost
            record = replace(record, nameservers=(), statuses=())
        return replace(record, raw=reply.text[:RAW_LONGEST]), reply


def _registrars(record: RegistryRecord, reply: WhoisReply, way: _Way) -> RegistryRecord | None:
    """Return what the registrar says where the registry leaves fields out, None where nobody is left to be asked.

    Registrars are asked for the bare name: the form of a query is the registry's own.
    """
    complete = record.expires and record.registrar and record.nameservers
    referral = TO_REGISTRAR.search(reply.lines) if record.answer is Answer.REGISTERED and not complete else None
    if referral is None:
        return None
    silent = RegistryRecord(
        name=record.name,
        answer=Answer.UNAVAILABLE,
        source="whois",
        server=referral[1][:LONGEST_SERVER],
        asked="registrar",
    )
    try:
        server = WhoisHost.parse(referral[1])
        if server in way.asked:
            return None
        found, _ = _answer(record.name, server, way, ORDINARY, "registrar")
    except IntegrationError as error:  # a rate limit may raise its own over what it was told
        throttled = isinstance(error, Throttled) or isinstance(error.__cause__, Throttled)
        return replace(silent, answer=Answer.THROTTLED) if throttled else silent
    return found


def _throttled(server: WhoisHost, reply: WhoisReply) -> Throttled:
    return Throttled(
        f"{server} says that it was asked too often", retry_after=durations.come_back(reply.text, datetime.now(UTC))
    )
