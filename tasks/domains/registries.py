"""Registries: which servers answer for a name, and what they say of it: RDAP first, WHOIS after.

RDAP ── registered ──────────────────────> that
  │ ├── registered, something left out ──> that, and WHOIS for the rest
  │ └── free, but known as registered ───> that, and WHOIS as the second source
  └──── no server, refused, away, garbled ─> WHOIS
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

import settings
from db.outside import shared_texts
from integrations import rdap, whois
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import NoSuchName
from integrations.rate_limit import UNLIMITED, RateLimit
from integrations.rdap_bootstrap import Bootstrap, unofficial
from integrations.whois_servers import WhoisServers
from rules.domains import knowledge
from rules.domains.knowledge import Known
from rules.domains.records import SETTLED, Answer, RegistryRecord
from tasks import outside

_BOOTSTRAP = "rdap-bootstrap"
_REFERRALS = "whois-referrals"


@dataclass(frozen=True, slots=True)
class RegistryServers:
    """Which servers answer for which names.

    ``referrals`` grows by what IANA's WHOIS says of TLDs that no table has; ``kept`` is what the database has of them.
    """

    rdap: Bootstrap
    whois: WhoisServers
    referrals: dict[str, str] = field(default_factory=dict[str, str])
    kept: Mapping[str, str] = field(default_factory=dict[str, str])

    def first_server(self, name: str) -> str | None:
        """Return the server that is asked first about a name; None where only a lookup can tell."""
        base = self.rdap.server(name)
        if base:
            return urlsplit(base).netloc.lower()
        try:
            return self.whois.server(name) or self.referrals.get(name.rpartition(".")[2]) or None
        except Rejected:
            return None


@dataclass(frozen=True, slots=True)
class Lookup:
    """What registries answered about a name: a record of each server that did, and why others did not."""

    records: tuple[RegistryRecord, ...]
    silences: tuple[str, ...] = ()


def look_up(
    name: str, servers: RegistryServers, *, at: datetime, known: Known | None = None, limit: RateLimit = UNLIMITED
) -> Lookup:
    """Return what registries say of a name; ``known`` is what we know of it already, ``at`` an aware time.

    WHOIS is asked too where RDAP denies a name that is known as registered, for one denial would not settle it, and
    where RDAP leaves out what WHOIS may say (``knowledge.leaves_out``). Where WHOIS is unavailable, a record says so.

    Raises ``Unavailable`` or ``Rejected`` when no server answers, with what the other source said as a note, and what
    ``limit`` raises. A server whose own name cannot be resolved counts as unavailable: that says nothing of the
    domain.
    """
    try:
        first = _rdap(name, servers, limit)
        trouble = None
    except IntegrationError as error:
        first, trouble = None, error
    if first is not None and _is_enough(first, known, at):
        return Lookup((first,))
    records = (first,) if first else ()
    silences = (f"RDAP: {trouble}",) if trouble else ()
    try:
        return Lookup((*records, *_whois(name, servers, limit)), silences)
    except IntegrationError as error:
        if first:
            return Lookup((first, *_trouble(first, error)), (*silences, f"WHOIS: {error}"))
        if isinstance(trouble, Unavailable) and isinstance(error, Rejected):
            trouble.add_note(f"WHOIS: {error}")
            raise trouble from error  # RDAP is the one that will answer
        for silence in silences:
            error.add_note(silence)
        raise


def _is_enough(first: RegistryRecord, known: Known | None, at: datetime) -> bool:
    if first.answer is Answer.REGISTERED:
        return not knowledge.leaves_out(first, known, at=at)
    return first.answer in SETTLED and (known is None or known.answer is not Answer.REGISTERED)


def _trouble(first: RegistryRecord, error: IntegrationError) -> list[RegistryRecord]:
    """Return why the second source has nothing to say, as its record; none where there is no such source."""
    if not isinstance(error, Unavailable):
        return []
    throttled = isinstance(error, Throttled) or isinstance(error.__cause__, Throttled)
    answer = Answer.THROTTLED if throttled else Answer.UNAVAILABLE
    return [RegistryRecord(name=first.name, answer=answer, source="whois", server="")]


def reasons(error: BaseException) -> str:
    """Return why no server answered, from an error of ``look_up`` and its notes."""
    return "; ".join([str(error), *getattr(error, "__notes__", ())])


def shipped() -> RegistryServers:
    """Return what came with this release, for when there is no database."""
    return _servers(None, "{}")


def current() -> RegistryServers:
    """Return what is kept for all processes: IANA's newest list if it was fetched, else the one that was shipped."""
    global _read  # noqa: PLW0603 - one for each process, read again when the database has another
    versions = shared_texts.versions((_BOOTSTRAP, _REFERRALS))
    if _read is None or _read[0] != versions:
        _read = versions, _servers(shared_texts.kept(_BOOTSTRAP), shared_texts.kept(_REFERRALS) or "{}")
    return _read[1]


def keep_bootstrap(newest: Bootstrap) -> None:
    """Keep IANA's newest list, in the caller's transaction, and forget what IANA's WHOIS said of TLDs."""
    shared_texts.keep(_BOOTSTRAP, json.dumps(dict(newest.servers)))
    shared_texts.keep(_REFERRALS, "{}")


def keep_referrals(servers: RegistryServers) -> None:
    """Keep, in the caller's transaction, which servers answer for TLDs, as a lookup has learnt it."""
    if servers.referrals != servers.kept:
        shared_texts.keep(_REFERRALS, json.dumps(servers.referrals))


def first_servers(names: dict[int, str]) -> dict[int, str]:
    """Return the server that is asked first about each name, by the name's id."""
    servers = current()
    return {number: server for number, name in names.items() if (server := servers.first_server(name))}


def jobs_by_server(domains_by_suffix: Mapping[str, int]) -> Counter[str | None]:
    """Return how many domains each server is asked first about; under None those where only a lookup can tell."""
    servers, found = current(), Counter[str | None]()
    for suffix, number in domains_by_suffix.items():
        found[servers.first_server(f"any.{suffix}")] += number  # a server is found by the suffix alone
    return found


def _rdap(name: str, servers: RegistryServers, limit: RateLimit) -> RegistryRecord | None:
    deadline_s = settings.current().lookup_deadline_s
    return rdap.fetch(name, bootstrap=servers.rdap, guard=outside.guard(), deadline_s=deadline_s, limit=limit)


def _whois(name: str, servers: RegistryServers, limit: RateLimit) -> Sequence[RegistryRecord]:
    config = settings.current()
    try:
        return whois.ask(
            name,
            servers=servers.whois,
            root=config.whois_root,
            guard=outside.guard(),
            deadline_s=config.lookup_deadline_s,
            limit=limit,
            learned=servers.referrals,
        )
    except NoSuchName as error:
        raise Unavailable(str(error)) from error


def _servers(bootstrap: str | None, referrals: str) -> RegistryServers:
    """Put the lists together: what was fetched goes before what was shipped.

    Our own tables, of WHOIS servers and of RDAP servers that IANA lacks, count only with IANA's root and list: a root
    or a list that the settings name knows better.
    """
    config = settings.current()
    others = unofficial if config.rdap_bootstrap_url == rdap.IANA_BOOTSTRAP else dict[str, str]
    return RegistryServers(
        rdap=Bootstrap(json.loads(bootstrap), others()) if bootstrap else _shipped_rdap(),
        whois=_shipped_whois() if config.whois_root == whois.IANA_ROOT else WhoisServers(),
        referrals=json.loads(referrals),
        kept=json.loads(referrals),
    )


_shipped_rdap = cache(Bootstrap.shipped)
_shipped_whois = cache(WhoisServers.shipped)
_read: tuple[Mapping[str, object], RegistryServers] | None = None
