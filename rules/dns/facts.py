"""What was asked of name servers about a domain, and what they answered; as values and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import cast


class AnswerState(StrEnum):
    """What became of one question."""

    ANSWERED = "answered"  # also by "there is no such record": then without values
    NXDOMAIN = "nxdomain"  # the name does not exist
    SERVFAIL = "servfail"
    REFUSED = "refused"  # also: not implemented, not understood
    TIMEOUT = "timeout"  # also: unreachable, or no time was left to ask
    LAME = "lame"  # asked as a name server of the zone, and does not know it
    BROKEN = "broken"  # no DNS, an answer to another question, an endless chain of CNAMEs, more bytes than are read
    FORBIDDEN = "forbidden"  # its address is not one that we call


CONCLUSIVE = frozenset({AnswerState.ANSWERED, AnswerState.NXDOMAIN})
"""The states that say something of the name; the others say something of who was asked."""


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The answer to one question. Names are lower case, without the dot at the end."""

    state: AnswerState
    values: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Say whether there is certainly no such record."""
        return self.state in CONCLUSIVE and not self.values


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server that the parent zone names, and what came of asking it for the zone."""

    name: str
    addresses: tuple[str, ...]
    state: AnswerState
    """``NXDOMAIN`` where the server has no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFacts:
    """What the DNS said of a domain at one time. None means that there was no reason to ask."""

    name: str
    delegated: DnsAnswer
    """The name servers at the parent zone."""
    servers: tuple[NameServer, ...] = ()
    zone: DnsAnswer | None = None
    """The name servers that the zone itself names."""
    mx: DnsAnswer
    spf: DnsAnswer
    """TXT records of the name that are SPF (RFC 7208)."""
    includes: tuple[tuple[str, str], ...] = ()
    """Names and SPF records that ``spf`` includes, directly or not, as far as they were asked for."""
    dmarc: DnsAnswer
    caa: DnsAnswer
    ds: DnsAnswer
    """What the parent zone says of the zone's keys."""
    dnskey: DnsAnswer | None = None

    @property
    def resolver_is_silent(self) -> bool:
        """Tell whether every question timed out. That says something of the resolver, and nothing of the name."""
        asked = (self.delegated, self.mx, self.spf, self.dmarc, self.caa, self.ds)
        return all(one.state is AnswerState.TIMEOUT for one in asked)


def bare(name: str) -> str:
    """Return a name as facts have it: lower case, without the dot at the end."""
    return name.strip().lower().rstrip(".")


def dump(facts: DnsFacts) -> dict[str, object]:
    """Return facts as JSON can hold them."""
    return asdict(facts)


def load(document: Mapping[str, object]) -> DnsFacts:
    """Return the facts that ``dump`` wrote; raise ``LookupError``, ``TypeError`` or ``ValueError`` for other things."""
    servers = cast("list[dict[str, object]]", document["servers"])
    return DnsFacts(
        name=str(document["name"]),
        delegated=_answer(document["delegated"]),
        servers=tuple(
            NameServer(str(each["name"]), _texts(each["addresses"]), AnswerState(str(each["state"])))
            for each in servers
        ),
        zone=_answer(document["zone"]) if document["zone"] else None,
        mx=_answer(document["mx"]),
        spf=_answer(document["spf"]),
        includes=tuple((str(name), str(text)) for name, text in cast("list[list[object]]", document["includes"])),
        dmarc=_answer(document["dmarc"]),
        caa=_answer(document["caa"]),
        ds=_answer(document["ds"]),
        dnskey=_answer(document["dnskey"]) if document["dnskey"] else None,
    )


def _answer(written: object) -> DnsAnswer:
    answer = cast("dict[str, object]", written)
    return DnsAnswer(AnswerState(str(answer["state"])), _texts(answer["values"]))


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, cast("list[object]", values)))
