"""What is odd about a domain in the DNS: its facts compared with one another and with the registry's record.

A record that could not be looked up is no issue: silence says nothing about the domain. But a name server that does not
answer for its zone is one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rules.dns import mail_policy
from rules.dns.facts import CONCLUSIVE, AnswerState, DnsFacts, NameServer, bare

_DMARC_POLICIES = frozenset({"none", "quarantine", "reject"})


class DnsIssueKind(StrEnum):
    """What can be wrong, or could be better."""

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
    """How much an issue matters."""

    FAULT = "fault"  # something does not work, or will not for some
    NOTICE = "notice"  # it works, and could be better


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsIssue:
    """One thing that is not as it should be: a kind with the parameters that the kind has."""

    kind: DnsIssueKind
    weight: Weight
    server: str = ""
    """The name server that has no address, or whose answer was ``state``."""
    state: AnswerState = AnswerState.ANSWERED
    record: str = ""
    """The record that is at fault, as a stranger wrote it."""
    number: int = 0
    """How many records, or how many lookups."""
    unknown_to_parent: tuple[str, ...] = ()
    """Name servers that the registry or the zone names, and the parent zone does not."""
    known_to_parent_alone: tuple[str, ...] = ()


def issues(facts: DnsFacts, *, registered: Iterable[str] = (), signed: bool | None = None) -> tuple[DnsIssue, ...]:
    """Return what is odd, faults first. For a name that is not delegated, that is the only issue.

    ``registered`` are the name servers in the registry's record, ``signed`` is what it says of DNSSEC; None where it
    says nothing.
    """
    if facts.delegated.none:
        return (DnsIssue(kind=DnsIssueKind.NOT_DELEGATED, weight=Weight.FAULT),)
    found = (
        *_of_delegation(facts, frozenset(map(bare, registered))),
        *_of_mail(facts),
        *_of_spf(facts),
        *_of_dmarc(facts),
        *_of_caa(facts),
        *_of_dnssec(facts, signed=signed),
    )
    return tuple(sorted(found, key=lambda issue: issue.weight is not Weight.FAULT))


def _of_delegation(facts: DnsFacts, registered: frozenset[str]) -> Iterator[DnsIssue]:
    if facts.delegated.state is not AnswerState.ANSWERED:
        return
    delegated = frozenset(facts.delegated.values)
    own = frozenset(facts.zone.values) if facts.zone else frozenset[str]()
    for kind, named in ((DnsIssueKind.NS_UNLIKE_REGISTRY, registered), (DnsIssueKind.NS_UNLIKE_ZONE, own)):
        if named and named != delegated:
            yield DnsIssue(
                kind=kind,
                weight=Weight.NOTICE,
                unknown_to_parent=tuple(sorted(named - delegated)),
                known_to_parent_alone=tuple(sorted(delegated - named)),
            )
    yield from _of_servers(facts.servers)


def _of_servers(servers: tuple[NameServer, ...]) -> Iterator[DnsIssue]:
    for server in servers:
        if server.state is not AnswerState.ANSWERED:
            kind = DnsIssueKind.NO_ADDRESS if server.state is AnswerState.NXDOMAIN else DnsIssueKind.LAME
            yield DnsIssue(kind=kind, weight=Weight.FAULT, server=server.name, state=server.state)


def _of_mail(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.mx.none:
        yield DnsIssue(kind=DnsIssueKind.NO_MX, weight=Weight.NOTICE)


def _of_spf(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.spf.none:
        yield DnsIssue(kind=DnsIssueKind.SPF_MISSING, weight=Weight.NOTICE)
    if len(facts.spf.values) > 1:
        yield DnsIssue(kind=DnsIssueKind.SPF_MULTIPLE, weight=Weight.FAULT, number=len(facts.spf.values))
        return
    for record in facts.spf.values:
        if mail_policy.lets_everybody(record):
            yield DnsIssue(kind=DnsIssueKind.SPF_ALLOWS_ALL, weight=Weight.FAULT, record=record)
        cost = mail_policy.lookups(record, dict(facts.includes))
        if cost > mail_policy.MOST_LOOKUPS:
            yield DnsIssue(kind=DnsIssueKind.SPF_TOO_MANY_LOOKUPS, weight=Weight.FAULT, number=cost)


def _of_dmarc(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.dmarc.none:
        yield DnsIssue(kind=DnsIssueKind.DMARC_MISSING, weight=Weight.NOTICE)
    if len(facts.dmarc.values) > 1:
        yield DnsIssue(kind=DnsIssueKind.DMARC_MULTIPLE, weight=Weight.FAULT)
        return
    for record in facts.dmarc.values:
        policy = mail_policy.dmarc_policy(record)
        if policy not in _DMARC_POLICIES:
            yield DnsIssue(kind=DnsIssueKind.DMARC_WITHOUT_EFFECT, weight=Weight.FAULT, record=record)
        elif policy == "none":
            yield DnsIssue(kind=DnsIssueKind.DMARC_WITHOUT_EFFECT, weight=Weight.NOTICE)


def _of_caa(facts: DnsFacts) -> Iterator[DnsIssue]:
    if facts.caa.state not in CONCLUSIVE:
        return
    if not any(re.match(r"\d+ issue(?:wild)? ", text, re.IGNORECASE) for text in facts.caa.values):
        yield DnsIssue(kind=DnsIssueKind.CAA_MISSING, weight=Weight.NOTICE)


def _of_dnssec(facts: DnsFacts, *, signed: bool | None) -> Iterator[DnsIssue]:
    if facts.ds.values and facts.dnskey and facts.dnskey.none:
        yield DnsIssue(kind=DnsIssueKind.DS_WITHOUT_KEYS, weight=Weight.FAULT)
    if signed and facts.ds.none:
        yield DnsIssue(kind=DnsIssueKind.DS_MISSING, weight=Weight.FAULT)
