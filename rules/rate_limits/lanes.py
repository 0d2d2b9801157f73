"""Lanes: how often each server may be asked, by all workers together.

A lane is kept by GCRA, as ATM switches keep theirs (ITU-T I.371, annex A). ``tat``, the theoretical arrival time, moves
on by one period with each caller; a caller that comes more than a burst before it is too early:

    tat ──admit──> tat + period        in any t seconds no more than burst + t / period are let through
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from rules.translatable import Translatable

LONGEST_PATIENCE_S = 5.0
"""How far ahead of its time a caller may take a permit at the most."""

EVERY_OTHER = "*"
"""In the settings: the servers that the table below does not list."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONGEST_NAME = 255
_USUAL_PORTS = ("43", "80", "443")
_NO_REGISTRY = (".test", ".example", ".invalid", ".localhost")
"""Names that nobody can register (RFC 6761): a test or a demo asks itself."""

_OURS = "not published; our own restraint"


@dataclass(frozen=True, slots=True)
class Lane:
    """How often a server may be asked: ``burst`` times at once, then once in ``period_s`` seconds.

    A lane without a period is not paced. ``source`` says who published the limit, or that nobody did.
    """

    name: str
    period_s: float
    burst: int
    source: str
    unit: Literal["look-up", "mail"] = "look-up"

    @property
    def words(self) -> Translatable:
        """How often that is, for staff: "1 look-up in 2 s"."""
        if 0 < self.period_s < 1:
            number = f"{1 / self.period_s:.3g}"
            if self.unit == "mail":
                return Translatable("{number} mails in 1 s", number=number)
            return Translatable("{number} look-ups in 1 s", number=number)
        seconds = f"{self.period_s:.3g}"
        if self.unit == "mail":
            return Translatable("1 mail in {seconds} s", seconds=seconds)
        return Translatable("1 look-up in {seconds} s", seconds=seconds)

    def slowed(self, times: float) -> "Lane":
        """Return the lane ``times`` times slower and without a burst; the same lane where ``times`` is 1 or less."""
        return replace(self, period_s=self.period_s * times, burst=1) if times > 1 else self


def admit(tat: float, now: float, lane: Lane, *, patience_s: float = 0.0) -> tuple[float, float]:
    """Return the lane's new ``tat`` and the seconds after which the caller may go.

    The caller takes a permit that is at most ``patience_s`` away, and waits for it. A permit that is farther away is
    not taken, and ``tat`` stays. All times are seconds of one clock; a clock that was set back does not close the lane.
    """
    tat = min(max(tat, now), now + lane.burst * lane.period_s + LONGEST_PATIENCE_S)
    wait_s = max(0.0, tat - (lane.burst - 1) * lane.period_s - now)
    return (tat, wait_s) if wait_s > patience_s else (tat + lane.period_s, wait_s)


def _quota(calls: int, seconds: int, burst: int) -> float:
    """Return the period with which at most ``calls`` are made in any ``seconds``, the burst included."""
    return seconds / (calls - burst)


_TABLE: tuple[tuple[tuple[str, ...], float, int, str], ...] = (
    # Servers that share a limit, the period, the burst, the source.
    (("whois.eu",), _quota(15, _MINUTE, 2), 2, "EURid: 15 queries in 60 s (eurid.org, Lookup services)"),
    (
        ("whois.nic.uk",),
        _quota(1000, _DAY, 5),
        5,
        "Nominet: 5 a second and 1,000 in 24 hours for each user (WHOIS acceptable use policy)",
    ),
    (("rdap.nominet.uk",), 1.0, 4, "Nominet publishes a limit for WHOIS alone; our own restraint"),
    (
        ("whois.nic.fr", "whois.nic.re", "whois.nic.pm", "whois.nic.tf", "whois.nic.wf", "whois.nic.yt"),
        _quota(7200, _DAY, 5),
        5,
        "AFNIC: 7,200 in 24 hours for each address on port 43 (Whois rate-limiting policy)",
    ),
    (
        ("rdap.nic.fr", "rdap.nic.re", "rdap.nic.pm", "rdap.nic.tf", "rdap.nic.wf", "rdap.nic.yt"),
        _quota(7200, _DAY, 5),
        5,
        "AFNIC publishes 7,200 in 24 hours for WHOIS; kept for RDAP too",
    ),
    (
        ("whois.centralnic.com",),
        _quota(1800, 15 * _MINUTE, 10),
        10,
        "CentralNic: 1,800 in 15 minutes for each IPv4 /24 or IPv6 /48 (centralnicregistry.com, Use of the Whois)",
    ),
    (
        ("rdap.centralnic.com",),
        _quota(1800, 15 * _MINUTE, 10),
        10,
        "CentralNic publishes 1,800 in 15 minutes for WHOIS; kept for RDAP too",
    ),
    (
        ("whois.punktum.dk", "whois.dk-hostmaster.dk"),
        2.0,
        1,
        "Punktum dk: 1 a second, and one connection at a time for each /24 (WHOIS service specification)",
    ),
    (
        ("whois.fi", "whois.ficora.fi"),
        _quota(10_000, _DAY, 5),
        5,
        "Traficom: 5 a second and 10,000 a day for each address (conditions of the fi-domain WHOIS)",
    ),
    (
        ("whois.norid.no",),
        _quota(3000, _DAY, 5),
        5,
        "Norid: 60 a minute and 3,000 a day for a registrar (acceptable use policy); nothing for others",
    ),
    (
        ("whois.tcinet.ru", "whois.ripn.net"),
        _quota(12, _MINUTE, 1),
        1,
        "RIPN: 12 a minute for each address (On the use of RIPN's Whois service)",
    ),
    (
        ("whois.nic.es",),
        _quota(10, _MINUTE, 1),
        1,
        "Red.es: 10 a minute for each registered address, else shut out for 2 hours (acceso puerto 43, 2015)",
    ),
    (
        ("whois.dns.be",),
        _quota(100, _HOUR, 5),
        5,
        'DNS Belgium: its server answers "Maximum queries per hour reached (100)"',
    ),
    (
        ("whois.nic.vlaanderen", "whois.nic.brussels"),
        _quota(10_000, _DAY, 10),
        10,
        "DNS Belgium: 10,000 a day for each address (docs.dnsbelgium.be, gTLD, WHOIS)",
    ),
    (
        ("whois.weare.ie", "whois.iedr.ie", "whois.domainregistry.ie"),
        _quota(100, _DAY, 3),
        3,
        "IE Domain Registry: 100 in 24 hours for each address (WHOIS acceptable use policy)",
    ),
    (
        ("whois.auda.org.au", "whois.ausregistry.net.au"),
        _quota(20, _HOUR, 2),
        2,
        "auDA: 20 an hour (WHOIS policy 2002-06); no newer number is published",
    ),
    (
        ("whois.domain-registry.nl",),
        1.0,
        1,
        'SIDN answers "maximum number of requests per second exceeded" and not of how many; our own restraint',
    ),
    (("rdap.sidn.nl",), 1.0, 1, _OURS),
    (("whois.denic.de",), 2.0, 1, f"DENIC limits each address and period: {_OURS}"),
    (("rdap.denic.de",), 2.0, 1, _OURS),
    (
        ("whois.publicinterestregistry.org", "whois.pir.org"),
        2.0,
        2,
        "PIR: 30 a minute, as its web look-up for registrars",
    ),
    (("rdap.publicinterestregistry.org",), 1.0, 4, _OURS),
    (
        ("whois.iis.se", "whois.iis.nu"),
        2.0,
        1,
        f"Internetstiftelsen limits look-ups of contacts (5 to 10 an hour); of domains: {_OURS}",
    ),
    (("rdap.nic.ch", "rdap.nic.li"), 1.0, 2, f"SWITCH offers it for automated queries; a number is {_OURS}"),
    (("whois.nic.ch", "whois.nic.li"), 2.0, 1, _OURS),
    (("whois.dns.pl",), 2.0, 1, f"NASK limits each address and period: {_OURS}"),
    (("rdap.dns.pl",), 2.0, 2, _OURS),
    (("rdap.verisign.com",), 0.25, 8, _OURS),
    (("tld-rdap.verisign.com",), 0.5, 4, _OURS),
    (("whois.verisign-grs.com",), 1.0, 4, _OURS),
    (("rdap.identitydigital.services",), 0.5, 4, _OURS),
    (("whois.identitydigital.services", "whois.donuts.co", "whois.afilias-grs.info"), 1.0, 2, _OURS),
    (("pubapi.registry.google",), 0.5, 4, _OURS),
    (("whois.nic.google",), 1.0, 2, _OURS),
    (("rdap.cctld.au",), 1.0, 2, _OURS),
    (("rdap.ca.fury.ca",), 1.0, 2, _OURS),
    (("whois.cira.ca",), 2.0, 1, _OURS),
    (("rdap.registro.br",), 2.0, 2, _OURS),
    (("whois.registro.br", "whois.nic.br"), 3.0, 1, _OURS),
    (("rdap.norid.no",), 2.0, 2, _OURS),
    (("rdap.fi",), 1.0, 2, _OURS),
    (("whois.nic.at",), 3.0, 1, _OURS),
    (("whois.tld.ee",), 2.0, 1, _OURS),
    (("whois.iana.org",), 1.0, 5, _OURS),
    (("data.iana.org",), 1.0, 5, _OURS),
)

KNOWN: Mapping[str, Lane] = {
    host: Lane(hosts[0], period_s, burst, source) for hosts, period_s, burst, source in _TABLE for host in hosts
}
"""The lane of each server that is listed, by its host name."""


def of(server: str, *, per_minute: Mapping[str, float], own: bool = False) -> Lane:
    """Return the lane of a server, given as a host or ``host:port``.

    ``per_minute`` are the settings' own numbers, by host or lane; the number of ``EVERY_OTHER`` is for servers that the
    table does not list. ``own`` says that the server stands in a network of ours: unless the settings name it, it is
    not paced.
    """
    host = name(server)
    known = KNOWN.get(host)
    lane = known or Lane(host, 2.0, 2, "not listed; our own restraint")
    given = per_minute.get(host) or per_minute.get(lane.name)
    if given is None and (own or _is_no_registry(host)):
        return replace(lane, period_s=0.0, burst=1, source="a network of our own")
    if given is None and known is None:
        given = per_minute.get(EVERY_OTHER)
    if given is None:
        return lane
    return replace(lane, period_s=_MINUTE / given, burst=max(1, int(given / _MINUTE)), source="NOLAPSE_LANES")


def of_mail(name: str, *, per_minute: Mapping[str, float]) -> Lane:
    """Return the lane of a mail provider (its host) or of a recipients' domain (``to example.com``).

    ``per_minute`` are the settings' numbers, by host or domain. A host or domain without a number is not paced.
    """
    host = name.lower().rstrip(".")[: _LONGEST_NAME - len("mail ")]
    given = per_minute.get(host.removeprefix("to "))
    if given is None:
        return Lane(f"mail {host}", 0.0, 1, "no rate is set", "mail")
    return Lane(f"mail {host}", _MINUTE / given, max(1, int(given / _MINUTE)), "NOLAPSE_MAIL_RATES", "mail")


def name(server: str) -> str:
    """Return the name of a server in the lanes: in lower case, without a port that WHOIS or the web uses."""
    host, colon, port = server.strip().lower().rpartition(":")
    bare = host if colon and port in _USUAL_PORTS and not host.endswith(":") else server.strip().lower()
    return bare.rstrip(".")[:_LONGEST_NAME]


def _is_no_registry(host: str) -> bool:
    return host.partition(":")[0].endswith(_NO_REGISTRY)
