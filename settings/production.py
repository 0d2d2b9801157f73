"""Hazards: settings that leave a door open, which production refuses unless each is accepted by its word.

``NOLAPSE_PRODUCTION_ACCEPTS`` names the words of accepted hazards; all others are still refused.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from settings import Settings

HAZARDS: Final = {
    "database-in-the-clear": "DATABASE_URL leads to another machine without sslmode=require (or verify-full): add it",
    "database-without-password": "DATABASE_URL leads to another machine and has no password: give one",
    "database-weak-password": "the password in DATABASE_URL is short or well known: take a long random one",
    "database-owner": "DATABASE_URL names the role that owns the tables, which could change the audit trail: give the"
    " processes a role of their own (docs/operate.md, Production), and only `nolapse migrate` the owner's",
    "redis-in-the-clear": "REDIS_URL leads to another machine over plain TCP: use rediss://",
    "redis-without-password": "REDIS_URL leads to another machine and has no password: give one",
    "redis-weak-password": "the password in REDIS_URL is short or well known: take a long random one",
    "failpoints": "NOLAPSE_FAILPOINTS arms places where processes die: unset it",
    "guard-open": "NOLAPSE_ALLOWED_NETWORKS opens a large part of the Internet to the guard: name your own networks",
    "proxies-open": "NOLAPSE_TRUSTED_PROXIES trusts a large part of the Internet: name your proxies",
    "bootstrap-in-the-clear": "NOLAPSE_RDAP_BOOTSTRAP_URL is http: whoever is between decides which servers are asked",
    "web-in-the-clear": "NOLAPSE_WEB_HOST listens beyond this machine, and no NOLAPSE_TRUSTED_PROXIES brings TLS there:"
    " listen on 127.0.0.1, or name the proxy",
    "channels-in-the-clear": "NOLAPSE_ALERT_CHANNELS has a webhook over http, so whoever is between reads"
    " alerts: use https",
    "long-sessions": "NOLAPSE_SESSION_MAX_S lets a session live for more than 90 days",
}
"""The word of each hazard, with what is wrong and how to mend it."""

_SHORTEST_PASSWORD = 12
_LONGEST_SESSION_S = 90 * 86400
_WIDEST = {4: 8, 6: 16}
"""By IP version: the shortest prefix of a network that one owner may have: 10.0.0.0/8, a registry's /16 of IPv6."""
_WELL_KNOWN = re.compile(
    r"(?:nolapse|postgres|redis|admin|root|secret|password|passwort|changeme|example|letmein)\W*\d*"
)
_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


def refusals(config: "Settings") -> list[str]:
    """Return the reasons why production must not start, a line each; empty where all is well or accepted."""
    return [told for word in dict.fromkeys(_hazards(config)) if (told := refusal(config, word))]


def refusal(config: "Settings", word: str) -> str | None:
    """Return why a hazard keeps production from starting; None where it is accepted, or this is no production."""
    accepted = config.production_accepts
    if config.environment != "production" or word in accepted:
        return None
    return f"{word}: {HAZARDS[word]}; or accept it with NOLAPSE_PRODUCTION_ACCEPTS={','.join((*accepted, word))}"


def _hazards(config: "Settings") -> Iterator[str]:
    yield from _of_database(urlsplit(config.database_url))
    yield from _of_redis(urlsplit(config.redis_url))
    if config.failpoints:
        yield "failpoints"
    if any(map(_is_wide, config.allowed_networks)):
        yield "guard-open"
    if any(map(_is_wide, config.trusted_proxies)):
        yield "proxies-open"
    bootstrap = urlsplit(config.rdap_bootstrap_url)
    if bootstrap.scheme == "http" and not _is_here(bootstrap.hostname or ""):
        yield "bootstrap-in-the-clear"
    if not _is_here(config.web_host) and not config.trusted_proxies:
        yield "web-in-the-clear"
    if config.plain_webhooks():
        yield "channels-in-the-clear"
    if config.session_max_s > _LONGEST_SESSION_S:
        yield "long-sessions"


def _of_database(url: SplitResult) -> Iterator[str]:
    options = parse_qs(url.query)
    host = options.get("host", [url.hostname or ""])[-1]
    if not url.scheme.startswith("postgres") or _is_here(host):
        return
    if options.get("sslmode", [""])[-1] not in _ENCRYPTED:
        yield "database-in-the-clear"
    yield from _of_password("database", options.get("password", [unquote(url.password or "")])[-1])


def _of_redis(url: SplitResult) -> Iterator[str]:
    if url.scheme == "unix" or _is_here(url.hostname or ""):
        return
    if url.scheme != "rediss":
        yield "redis-in-the-clear"
    yield from _of_password("redis", unquote(url.password or ""))


def _of_password(service: str, password: str) -> Iterator[str]:
    if not password:
        yield f"{service}-without-password"
    elif len(password) < _SHORTEST_PASSWORD or _WELL_KNOWN.fullmatch(password.lower()):
        yield f"{service}-weak-password"


def _is_wide(network: IPv4Network | IPv6Network) -> bool:
    return network.prefixlen < _WIDEST[network.version]


def _is_here(host: str) -> bool:
    """Tell whether a host is this machine: loopback, or a socket in its file system."""
    if not host or host.startswith("/") or host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
