"""How the world's domains are shared out over the TLDs, and so how a large portfolio is over the registries' servers.

Millions of domains. Where a source states a number for one TLD, it stands here; what a group has left over is shared
out evenly over the group's other TLDs.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import urlsplit

from integrations import whois
from integrations.errors import Rejected
from integrations.rdap_bootstrap import Bootstrap
from rules.checks.next_check import jitter

_BRIEF = {"com": 157.6, "net": 13.0}  # Domain Name Industry Brief (dnib.com), Q2 2024
_REPORT = {
    "de": 17.7,
    "uk": 10.7,
    "nl": 6.3,
    "fr": 4.1,
    "eu": 3.7,
    "it": 3.5,
    "ch": 2.6,
    "pl": 2.6,
    "es": 2.0,
    "be": 1.7,
}
"""InterNetX and Sedo, Global Domain Report 2024."""
_OLDER_BRIEF = {"cn": 24.7, "ru": 5.7, "br": 4.5, "org": 10.3}  # Domain Name Industry Brief, Q4 2020
_ZONE_FILES = {"xyz": 3.8, "shop": 3.5}  # at the end of 2024, domainincite.com
NAMED = _BRIEF | _REPORT | _OLDER_BRIEF | _ZONE_FILES
_COUNTRY_CODES = 140.0  # all of them; this and the following: Domain Name Industry Brief, Q2 2024
_OLDER_GENERIC = 17.2  # without com and net; whatever is not org is taken for info, which most of it is
_NEWER_GENERIC = 34.6
_OLDER = {"com", "net", "org", "info", "biz", "mobi", "pro", "asia", "name", "cat", "tel", "jobs", "travel", "aero"}
_COUNTRY = 2  # letters

UNDATED = {"de", "eu", "at", "ch", "li", "nl", "hu", "au", "nz", "be", "lu"}
"""TLDs whose registries publish no end."""


@dataclass(frozen=True)
class Portfolio:
    """Domains by their ids: each has a TLD, and the server that is asked first for it."""

    tlds: Sequence[str]
    servers: Sequence[str]
    _bounds: Sequence[float]

    @classmethod
    def of_the_world(cls) -> "Portfolio":
        """Share out by the sources above, over the servers that a look-up would ask."""
        bootstrap, servers = Bootstrap.shipped(), whois.WhoisServers.shipped()
        known = {tld for tld in (*bootstrap.servers, *bootstrap.unofficial, *servers.by_zone) if "." not in tld}
        asked = {tld: found for tld in sorted(known | set(NAMED)) if (found := _asked(tld, bootstrap, servers))}
        millions = {tld: number for tld, number in _millions(set(asked)).items() if tld in asked}
        tlds = list(millions)
        total = sum(millions.values())
        return cls(tlds, [asked[tld] for tld in tlds], [sum_ / total for sum_ in accumulate(millions.values())])

    def tld(self, domain_id: int) -> str:
        return self.tlds[self._place(domain_id)]

    def server(self, domain_id: int) -> str:
        return self.servers[self._place(domain_id)]

    def _place(self, domain_id: int) -> int:
        return min(bisect(self._bounds, jitter(domain_id)), len(self.tlds) - 1)


def _asked(tld: str, bootstrap: Bootstrap, servers: whois.WhoisServers) -> str | None:
    name = f"x.{tld}"
    base = bootstrap.server(name)
    if base:
        return urlsplit(base).netloc
    try:
        return servers.server(name)
    except Rejected:
        return None


def _millions(tlds: set[str]) -> dict[str, float]:
    countries = {tld for tld in tlds if len(tld) == _COUNTRY} - set(NAMED)
    newer = {tld for tld in tlds if len(tld) > _COUNTRY} - set(NAMED) - _OLDER
    country_named = sum(number for tld, number in NAMED.items() if len(tld) == _COUNTRY)
    newer_named = sum(number for tld, number in NAMED.items() if len(tld) > _COUNTRY and tld not in _OLDER)
    return {
        **NAMED,
        "info": _OLDER_GENERIC - NAMED["org"],
        **dict.fromkeys(sorted(countries), (_COUNTRY_CODES - country_named) / len(countries)),
        **dict.fromkeys(sorted(newer), (_NEWER_GENERIC - newer_named) / len(newer)),
    }
