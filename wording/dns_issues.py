"""What is odd about a domain in the DNS, in sentences. They may quote what strangers wrote into their zones."""

from rules.dns import mail_policy
from rules.dns.facts import AnswerState
from rules.dns.issues import DnsIssue, DnsIssueKind, Weight

_SENTENCES = {
    DnsIssueKind.NOT_DELEGATED: "The parent zone does not delegate the name: nothing below it resolves.",
    DnsIssueKind.NS_UNLIKE_REGISTRY: "The name servers differ: {difference}.",
    DnsIssueKind.NS_UNLIKE_ZONE: "The name servers differ: {difference}.",
    DnsIssueKind.NO_ADDRESS: "The name server {server} has no address.",
    DnsIssueKind.LAME: "The name server {server} {trouble}.",
    DnsIssueKind.NO_MX: "No mail server is named; mail goes to the name's own address, if it has one.",
    DnsIssueKind.SPF_MISSING: "There is no SPF record: anybody may send mail in this name.",
    DnsIssueKind.SPF_MULTIPLE: "There are {number} SPF records; receivers then use none (RFC 7208, 4.5).",
    DnsIssueKind.SPF_ALLOWS_ALL: "The SPF record lets everybody send mail in this name: {record}",
    DnsIssueKind.SPF_TOO_MANY_LOOKUPS: (
        f"A check of the SPF record costs {{number}} look-ups or more; {mail_policy.MOST_LOOKUPS} are allowed, so"
        " receivers may refuse mail (RFC 7208, 4.6.4)."
    ),
    DnsIssueKind.DMARC_MISSING: "There is no DMARC record: nobody is told what to do with forged mail.",
    DnsIssueKind.DMARC_MULTIPLE: "There are several DMARC records; receivers then use none (RFC 7489, 6.6.3).",
    DnsIssueKind.CAA_MISSING: "No CAA record forbids anybody: every authority may issue certificates for it.",
    DnsIssueKind.DS_WITHOUT_KEYS: (
        "The parent zone says that the zone is signed, but it has no keys: resolvers that check do not answer."
    ),
    DnsIssueKind.DS_MISSING: "The registry says that the name is signed, but the parent zone has no DS record.",
}
_DMARC_WITHOUT_EFFECT = {
    Weight.FAULT: "The DMARC record names no policy: {record}",
    Weight.NOTICE: "The DMARC policy is p=none: forged mail is delivered all the same.",
}
_TROUBLE = {
    AnswerState.LAME: "does not know the zone that is delegated to it",
    AnswerState.SERVFAIL: "fails to answer for the zone",
    AnswerState.REFUSED: "refuses to answer for the zone",
    AnswerState.TIMEOUT: "did not answer in time",
    AnswerState.BROKEN: "answers what is no answer",
    AnswerState.FORBIDDEN: "has an address that is not a public one",
}
_NOT_THE_PARENT = {
    DnsIssueKind.NS_UNLIKE_REGISTRY: "the registry's record",
    DnsIssueKind.NS_UNLIKE_ZONE: "the zone itself",
}


def sentence(issue: DnsIssue) -> str:
    """Return what is odd."""
    template = _SENTENCES.get(issue.kind) or _DMARC_WITHOUT_EFFECT[issue.weight]
    return template.format(
        server=issue.server,
        trouble=_TROUBLE.get(issue.state, ""),
        record=issue.record,
        number=issue.number,
        difference=_difference(issue),
    )


def _difference(issue: DnsIssue) -> str:
    sides = (
        (_NOT_THE_PARENT.get(issue.kind), issue.unknown_to_parent),
        ("the parent zone", issue.known_to_parent_alone),
    )
    return "; ".join(f"only {side} names {', '.join(names)}" for side, names in sides if names)
