"""What only a registry knows: its order of days, that it publishes no expiry, its charset, its query.

``rules.whois`` needs that to read an answer, and ``rules.domains`` to learn from it.

The lines are few, each with its source. What an answer says of itself ("DD/MM/YYYY") or shows by its other dates needs
no line here.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rules.names import sold_zones

Order = Literal["dmy", "mdy"]
"""The order of day and month in dates that may be read either way."""


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """A registry's habits. ``order`` decides days that may be read either way."""

    order: Order | None = None
    publishes_expiry: bool = True
    charset: str = "utf-8"
    query: str = "{name}"  # what to ask the server
    counts_from_the_buddha: bool = False  # may write 2570 for 2027


ORDINARY = RegistryFacts()
_NO_EXPIRY = RegistryFacts(publishes_expiry=False)
_VERISIGN = RegistryFacts(query="domain {name}")  # without the word, hosts of that name are found too

BY_TLD = MappingProxyType(
    {
        # Freenom writes the month first: "Domain registered: 12/18/2001" in its own answers.
        **dict.fromkeys(("tk", "ml", "ga", "cf", "gq"), RegistryFacts(order="mdy")),
        # https://www.denic.de/en/service/whois-service/ ; https://www.sidn.nl/en/whois ; https://eurid.eu/en/whois
        # https://www.dnsbelgium.be/en/whois ; https://www.nic.ch/whois ; https://www.nic.at/en/my-at-domain/whois
        "de": RegistryFacts(publishes_expiry=False, query="-T dn,ace {name}"),
        **dict.fromkeys(("nl", "eu", "be", "ch", "li", "at", "lu"), _NO_EXPIRY),
        # Their answers have no line for it: https://www.auda.org.au/ ; https://www.norid.no/en/domeneoppslag/
        # https://www.domain.hu/ ; https://www.nic.lv/en/whois ; https://www.internetnz.nz/ since its registry of 2022;
        # https://www.channelisles.net/ names the day of the year on which a fee is due.
        **dict.fromkeys(("au", "no", "hu", "lv", "nz", "gg", "je"), _NO_EXPIRY),
        **dict.fromkeys(("com", "net"), _VERISIGN),  # https://www.verisign.com/en_US/domain-names/whois/
        # Without the option the holder is left out: https://github.com/Punktum-dk/whois-service-specification
        "dk": RegistryFacts(query="--show-handles {name}"),
        "jp": RegistryFacts(charset="iso-2022-jp", query="{name}/e"),  # https://jprs.jp/about/dom-search/jprs-whois/
        **dict.fromkeys(("th", "xn--o3cw4h"), RegistryFacts(counts_from_the_buddha=True)),  # the country's calendar
        "kr": RegistryFacts(charset="euc-kr"),  # https://whois.kisa.or.kr/eng/
    }
)

BY_SERVER: MappingProxyType[str, RegistryFacts] = MappingProxyType(
    {
        # CentralNic sells names under country codes of other registries, and answers as gTLDs do.
        "whois.centralnic.com": ORDINARY,
    }
)


def of(domain: str, server: str = "") -> RegistryFacts:
    """Return what is known of the registry of a domain, or of the server that answers for a part of its TLD.

    A port behind the server's name makes no difference. A zone that another registry sells below a TLD has none of the
    TLD's habits, unless a server of the TLD answers: one whose name is below the TLD and not in the zone.
    """
    host, tld = server.lower().partition(":")[0], domain.rpartition(".")[2].lower()
    zone = sold_zones.of(domain)
    if zone and (not host.endswith(f".{tld}") or host.endswith(f".{zone}")):
        return BY_SERVER.get(host, ORDINARY)
    return BY_SERVER.get(host) or BY_TLD.get(tld, ORDINARY)
