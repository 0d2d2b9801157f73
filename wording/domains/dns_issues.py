"""DNS issues in sentences. They may quote texts that outsiders wrote into their zones."""

from functools import reduce

from rules.dns import mail_policy
from rules.dns.facts import AnswerState
from rules.dns.issues import DnsIssue, DnsIssueKind, Weight
from rules.translatable import Translatable
from wording.messages import N_

_SENTENCES = {
    DnsIssueKind.NOT_DELEGATED: N_("The parent zone does not delegate the name: nothing below it resolves."),
    DnsIssueKind.NS_UNLIKE_REGISTRY: N_("The name servers differ: {difference}."),
    DnsIssueKind.NS_UNLIKE_ZONE: N_("The name servers differ: {difference}."),
    DnsIssueKind.NO_ADDRESS: N_("The name server {server} has no address."),
    DnsIssueKind.NO_MX: N_("No mail server is named; mail goes to the name's own address, if it has one."),
    DnsIssueKind.SPF_MISSING: N_("There is no SPF record: anybody may send mail in this name."),
    DnsIssueKind.SPF_MULTIPLE: N_("There are {number} SPF records; receivers then use none (RFC 7208, 4.5)."),
    DnsIssueKind.SPF_ALLOWS_ALL: N_("The SPF record lets everybody send mail in this name: {record}"),
    DnsIssueKind.SPF_TOO_MANY_LOOKUPS: N_(
        "A check of the SPF record costs {number} look-ups or more; {most} are allowed, so receivers may refuse mail"
        " (RFC 7208, 4.6.4)."
    ),
    DnsIssueKind.DMARC_MISSING: N_("There is no DMARC record: nobody is told what to do with forged mail."),
    DnsIssueKind.DMARC_MULTIPLE: N_("There are several DMARC records; receivers then use none (RFC 7489, 6.6.3)."),
    DnsIssueKind.CAA_MISSING: N_("No CAA record forbids anybody: every authority may issue certificates for it."),
    DnsIssueKind.DS_WITHOUT_KEYS: N_(
        "The parent zone says that the zone is signed, but it has no keys: resolvers that check do not answer."
    ),
    DnsIssueKind.DS_MISSING: N_("The registry says that the name is signed, but the parent zone has no DS record."),
}
_DMARC_WITHOUT_EFFECT = {
    Weight.FAULT: N_("The DMARC record names no policy: {record}"),
    Weight.NOTICE: N_("The DMARC policy is p=none: forged mail is delivered all the same."),
}
_LAME = {
    AnswerState.LAME: N_("The name server {server} does not know the zone that is delegated to it."),
    AnswerState.SERVFAIL: N_("The name server {server} fails to answer for the zone."),
    AnswerState.REFUSED: N_("The name server {server} refuses to answer for the zone."),
    AnswerState.TIMEOUT: N_("The name server {server} did not answer in time."),
    AnswerState.BROKEN: N_("The name server {server} answers what is no answer."),
    AnswerState.FORBIDDEN: N_("The name server {server} has an address that is not a public one."),
}
_ONLY_THERE = {
    DnsIssueKind.NS_UNLIKE_REGISTRY: N_("only the registry's record names {names}"),
    DnsIssueKind.NS_UNLIKE_ZONE: N_("only the zone itself names {names}"),
}
_ONLY_THE_PARENT = N_("only the parent zone names {names}")


def sentence(issue: DnsIssue) -> Translatable:
    """Return a DNS issue as a sentence."""
    message = _LAME[issue.state] if issue.kind is DnsIssueKind.LAME else _SENTENCES.get(issue.kind)
    values = {
        "server": issue.server,
        "record": issue.record,
        "number": str(issue.number),
        "most": str(mail_policy.MOST_LOOKUPS),
        "difference": _difference(issue),
    }
    chosen = message or _DMARC_WITHOUT_EFFECT[issue.weight]
    return Translatable(chosen, **{name: value for name, value in values.items() if f"{{{name}}}" in chosen})


def _difference(issue: DnsIssue) -> str:
    sides = ((_ONLY_THERE.get(issue.kind), issue.unknown_to_parent), (_ONLY_THE_PARENT, issue.known_to_parent_alone))
    said = [Translatable(message, names=", ".join(names)) for message, names in sides if message and names]
    return reduce(lambda one, other: Translatable("{first}; {then}", first=one, then=other), said) if said else ""
