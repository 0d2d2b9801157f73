"""What the DNS says of a domain, and whether that is as it should be.

``Facts`` are what was asked and answered; ``judge`` holds them against one another and against the registry's record.
A question that nobody answered is judged nowhere: silence is no finding about the domain.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import cast

MOST_LOOKUPS = 10
"""Look-ups that an SPF check may cost (RFC 7208, section 4.6.4)."""

_SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_DMARC = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_COSTLY = frozenset({"include", "a", "mx", "ptr", "exists"})
_EVERYBODY = frozenset({"all", "ip4:0.0.0.0/0", "ip6:::/0"})
_POLICIES = frozenset({"none", "quarantine", "reject"})


class AnswerState(StrEnum):
    """What became of one question."""

    ANSWERED = "answered"  # also by "there is no such record": then without values
    NXDOMAIN = "nxdomain"  # the name does not exist
    SERVFAIL = "servfail"
    REFUSED = "refused"  # also: not implemented, not understood
    TIMEOUT = "timeout"  # also: unreachable, or no time was left to ask
    LAME = "lame"  # asked as a name server of the zone, and does not know it
    BROKEN = "broken"  # no DNS, an answer to another question, an endless chain of CNAMEs
    FORBIDDEN = "forbidden"  # its address is not one that we call


SAID = frozenset({AnswerState.ANSWERED, AnswerState.NXDOMAIN})
"""The states that say something of the name; the others say something of who was asked."""


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The answer to one question. Names are lower case, without the dot at the end."""

    state: AnswerState
    values: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Say whether there is certainly no such record."""
        return self.state in SAID and not self.values


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
    """The name servers by the zone's own word."""
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


class DnsIssueKind(StrEnum):
    """What can be wrong, or worth a look."""

    NOT_DELEGATED = "not_delegated"
    NS_UNLIKE_REGISTRY = "ns_unlike_registry"
    NS_UNLIKE_ZONE = "ns_unlike_zone"
    NO_ADDRESS = "no_address"
    LAME = "lame"
    NO_MX = "no_mx"
    SPF_MISSING = "spf_missing"
    SPF_MULTIPLE = "spf_multiple"
    SPF_ALLOWS_ALL = "spf_allows_all"
    SPF_TOO_MANY_LOOKUPS = "spf_too_many_lookups"
    DMARC_MISSING = "dmarc_missing"
    DMARC_MULTIPLE = "dmarc_multiple"
    DMARC_WITHOUT_EFFECT = "dmarc_without_effect"
    CAA_MISSING = "caa_missing"
    DS_WITHOUT_KEYS = "ds_without_keys"
    DS_MISSING = "ds_missing"


class Weight(StrEnum):
    """How much a judgement matters."""

    FAULT = "fault"  # something does not work, or will not for some
    NOTICE = "notice"  # it works, and could be better


@dataclass(frozen=True, slots=True)
class DnsIssue:
    """One thing that is not as it should be. ``words`` may quote what strangers wrote into their zones."""

    kind: DnsIssueKind
    weight: Weight
    words: str


def issues(facts: DnsFacts, *, registered: Iterable[str] = (), signed: bool | None = None) -> tuple[DnsIssue, ...]:
    """Return what is wrong, faults first; of a name that is not delegated that alone.

    ``registered`` are the name servers in the registry's record, ``signed`` is what it says of DNSSEC; None where it
    says nothing.
    """
    if facts.delegated.none:
        return (
            _fault(
                DnsIssueKind.NOT_DELEGATED, "The parent zone does not delegate the name: nothing below it resolves."
            ),
        )
    found = (
        *_of_delegation(facts, frozenset(map(_bare, registered))),
        *_of_mail(facts),
        *_of_spf(facts),
        *_of_dmarc(facts),
        *_of_caa(facts),
        *_of_dnssec(facts, signed=signed),
    )
    return tuple(sorted(found, key=lambda judgement: judgement.weight is not Weight.FAULT))


def dump(facts: DnsFacts) -> dict[str, object]:
    """Return facts as JSON can hold them."""
    return asdict(facts)


def load(document: Mapping[str, object]) -> DnsFacts:
    """Return the facts that ``dump`` wrote; raise ``LookupError``, ``TypeError`` or ``ValueError`` for other things."""
    servers = cast("list[dict[str, object]]", document["servers"])
    return DnsFacts(
        name=str(document["name"]),
        delegated=_found(document["delegated"]),
        servers=tuple(
            NameServer(str(each["name"]), _texts(each["addresses"]), AnswerState(str(each["state"])))
            for each in servers
        ),
        zone=_found(document["zone"]) if document["zone"] else None,
        mx=_found(document["mx"]),
        spf=_found(document["spf"]),
        includes=tuple((str(name), str(text)) for name, text in cast("list[list[object]]", document["includes"])),
        dmarc=_found(document["dmarc"]),
        caa=_found(document["caa"]),
        ds=_found(document["ds"]),
        dnskey=_found(document["dnskey"]) if document["dnskey"] else None,
    )


def _found(written: object) -> DnsAnswer:
    found = cast("dict[str, object]", written)
    return DnsAnswer(AnswerState(str(found["state"])), _texts(found["values"]))


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, cast("list[object]", values)))


def is_spf(text: str) -> bool:
    """Say whether a TXT record is an SPF record (RFC 7208, section 4.5)."""
    return _SPF.match(text) is not None


def is_dmarc(text: str) -> bool:
    """Say whether a TXT record is a DMARC record (RFC 7489, section 6.6.3)."""
    return _DMARC.match(text) is not None


def included(spf: str) -> tuple[str, ...]:
    """Return the names whose SPF records another one includes or redirects to, without those that hold macros."""
    terms = (re.split(r"[:=]", term.lstrip("+-~?"), maxsplit=1) for term in spf.lower().split()[1:])
    return tuple(
        _bare(term[1]) for term in terms if len(term) > 1 and term[0] in {"include", "redirect"} and "%" not in term[1]
    )


def lookups(spf: str, includes: Mapping[str, str]) -> int:
    """Return how many look-ups a check of an SPF record costs at the most, as far as its ``includes`` are known."""
    return _lookups(spf, includes, frozenset())


def _lookups(spf: str, includes: Mapping[str, str], above: frozenset[str]) -> int:
    own = sum(1 for term in spf.lower().split()[1:] if _costs(term))
    below = (name for name in included(spf) if name in includes and name not in above)
    total = own
    for name in below:
        if total > MOST_LOOKUPS:
            return total
        total += _lookups(includes[name], includes, above | {name})
    return total


def _costs(term: str) -> bool:
    return term.startswith("redirect=") or re.split(r"[:/]", term.lstrip("+-~?"), maxsplit=1)[0] in _COSTLY


def _of_delegation(facts: DnsFacts, registered: frozenset[str]) -> Iterator[DnsIssue]:
    if facts.delegated.state is not AnswerState.ANSWERED:
        return
    delegated = frozenset(facts.delegated.values)
    if registered and registered != delegated:
        words = _difference("the registry's record", registered, "the parent zone", delegated)
        yield _notice(DnsIssueKind.NS_UNLIKE_REGISTRY, words)
    own = frozenset(facts.zone.values) if facts.zone else frozenset[str]()
    if own and own != delegated:
        yield _notice(DnsIssueKind.NS_UNLIKE_ZONE, _difference("the zone itself", own, "the parent zone", delegated))
    yield from _of_servers(facts.servers)


def _of_servers(servers: tuple[NameServer, ...]) -> Iterator[DnsIssue]:
    for server in servers:
        if server.state is AnswerState.NXDOMAIN:
            yield _fault(DnsIssueKind.NO_ADDRESS, f"The name server {server.name} has no address.")
        elif server.state is not AnswerState.ANSWERED:
            yield _fault(DnsIssueKind.LAME, f"The name server {server.name} {_TROUBLE[server.state]}.")


_TROUBLE = {
    AnswerState.LAME: "does not know the zone that is delegated to it",
    AnswerState.SERVFAIL: "fails to answer for the zone",
    AnswerState.REFUSED: "refuses to answer for the zone",
    AnswerState.TIMEOUT: "did not answer in time",
    AnswerState.BROKEN: "answers what is no answer",
    AnswerState.FORBIDDEN: "has an address that is not a public one",
}


def _of_mail(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.mx.none:
        yield _notice(
            DnsIssueKind.NO_MX, "No mail server is named; mail goes to the name's own address, if it has one."
        )


def _of_spf(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.spf.none:
        yield _notice(DnsIssueKind.SPF_MISSING, "There is no SPF record: anybody may send mail in this name.")
    if len(facts.spf.values) > 1:
        many = len(facts.spf.values)
        yield _fault(
            DnsIssueKind.SPF_MULTIPLE, f"There are {many} SPF records; receivers then use none (RFC 7208, 4.5)."
        )
        return
    for text in facts.spf.values:
        if _lets_everybody(text):
            yield _fault(DnsIssueKind.SPF_ALLOWS_ALL, f"The SPF record lets everybody send mail in this name: {text}")
        cost = lookups(text, dict(facts.includes))
        if cost > MOST_LOOKUPS:
            yield _fault(
                DnsIssueKind.SPF_TOO_MANY_LOOKUPS,
                f"A check of the SPF record costs {cost} look-ups or more; {MOST_LOOKUPS} are allowed, so receivers may"
                " refuse mail (RFC 7208, 4.6.4).",
            )


def _lets_everybody(spf: str) -> bool:
    """Say whether a term passes every sender; those after an ``all`` are never reached."""
    for term in spf.lower().split()[1:]:
        if term.removeprefix("+") in _EVERYBODY:
            return True
        if term.lstrip("-~?") == "all":
            return False
    return False


def _of_dmarc(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.dmarc.none:
        yield _notice(
            DnsIssueKind.DMARC_MISSING, "There is no DMARC record: nobody is told what to do with forged mail."
        )
    if len(facts.dmarc.values) > 1:
        yield _fault(
            DnsIssueKind.DMARC_MULTIPLE, "There are several DMARC records; receivers then use none (RFC 7489, 6.6.3)."
        )
        return
    for text in facts.dmarc.values:
        policy = _policy(text)
        if policy not in _POLICIES:
            yield _fault(DnsIssueKind.DMARC_WITHOUT_EFFECT, f"The DMARC record names no policy: {text}")
        elif policy == "none":
            yield _notice(
                DnsIssueKind.DMARC_WITHOUT_EFFECT, "The DMARC policy is p=none: forged mail is delivered all the same."
            )


def _policy(dmarc: str) -> str | None:
    tags = (tag.partition("=") for tag in dmarc.split(";"))
    return next((value.strip().lower() for name, _, value in tags if name.strip().lower() == "p"), None)


def _of_caa(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.caa.state not in SAID:
        return
    if not any(re.match(r"\d+ issue(?:wild)? ", text, re.IGNORECASE) for text in facts.caa.values):
        yield _notice(
            DnsIssueKind.CAA_MISSING, "No CAA record forbids anybody: every authority may issue certificates for it."
        )


def _of_dnssec(facts: DnsFacts, *, signed: bool | None) -> Iterator[DnsIssue]:
    if facts.ds.values and facts.dnskey and facts.dnskey.none:
        yield _fault(
            DnsIssueKind.DS_WITHOUT_KEYS,
            "The parent zone says that the zone is signed, but it has no keys: resolvers that check do not answer.",
        )
    if signed and facts.ds.none:
        yield _fault(
            DnsIssueKind.DS_MISSING, "The registry says that the name is signed, but the parent zone has no DS record."
        )


def _difference(here: str, mine: frozenset[str], there: str, theirs: frozenset[str]) -> str:
    only_here, only_there = (", ".join(sorted(names)) for names in (mine - theirs, theirs - mine))
    parts = (
        f"only {here} names {only_here}" if only_here else "",
        f"only {there} names {only_there}" if only_there else "",
    )
    words = "; ".join(filter(None, parts))
    return f"The name servers differ: {words}."


def _fault(kind: DnsIssueKind, words: str) -> DnsIssue:
    return DnsIssue(kind, Weight.FAULT, words)


def _notice(kind: DnsIssueKind, words: str) -> DnsIssue:
    return DnsIssue(kind, Weight.NOTICE, words)


def _bare(name: str) -> str:
    return name.strip().lower().rstrip(".")
