"""What a domain's owner says in the DNS about its certificates: who may issue them (CAA), and which is right (TLSA)."""

from collections.abc import Sequence
from dataclasses import dataclass

from dns.rdatatype import RdataType

from integrations import dns
from integrations.deadline import Deadline
from rules.dns.facts import CONCLUSIVE, DnsAnswer

MOST_LABELS = 10
"""Names that are asked for CAA, up the tree."""


@dataclass(frozen=True, slots=True)
class DnsPolicyAnswer:
    """The records as zone text. None says that nobody answered, an empty tuple that there is none."""

    caa: tuple[str, ...] | None
    tlsa: tuple[str, ...] | None
    tlsa_secure: bool = False


def fetch(host: str, port: int, *, resolvers: Sequence[str] = (), deadline: Deadline) -> DnsPolicyAnswer:
    """Ask the resolvers for the policies of ``host``, an A-label name; what is not answered in time is None.

    Raises ``Rejected`` for what is no resolver, ``Unavailable`` where the system has none.
    """
    tlsa, secure = dns.find(f"_{port}._tcp.{host}", RdataType.TLSA, resolvers=resolvers, deadline=deadline)
    return DnsPolicyAnswer(_caa(host, resolvers, deadline), _conclusive_values(tlsa), secure and bool(tlsa.values))


def _caa(host: str, resolvers: Sequence[str], deadline: Deadline) -> tuple[str, ...] | None:
    """Return the relevant record set: the nearest one up the tree (RFC 8659, section 3)."""
    labels = host.split(".")
    for start in range(min(len(labels), MOST_LABELS)):
        found, _ = dns.find(".".join(labels[start:]), RdataType.CAA, resolvers=resolvers, deadline=deadline)
        if found.values or found.state not in CONCLUSIVE:
            return _conclusive_values(found)
    return ()


def _conclusive_values(found: DnsAnswer) -> tuple[str, ...] | None:
    return found.values if found.state in CONCLUSIVE else None
