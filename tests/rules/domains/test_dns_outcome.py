"""What follows from DNS facts: all issues are stored, and faults are alarming where the domain should work."""

from dataclasses import replace

import pytest

from rules.dns.facts import AnswerState, DnsAnswer
from rules.dns.issues import DnsIssueKind
from rules.domains import dns_outcome
from rules.domains.records import Answer
from rules.domains.renewals import TO_LAPSE
from tests.rules.dns.test_issues import NONE, NS, SOUND
from tests.rules.domains.test_check_outcome import NEW, NOW, checked

BROKEN = replace(SOUND, delegated=DnsAnswer(AnswerState.NXDOMAIN))


def test_a_sound_domain_has_neither_issues_nor_an_alarm() -> None:
    outcome = dns_outcome.assess(checked(nameservers=NS, dnssec=True), SOUND, at=NOW)
    assert (outcome.facts, outcome.issues, outcome.alarming) == (SOUND, (), ())


def test_the_facts_are_held_against_what_the_registry_says() -> None:
    outcome = dns_outcome.assess(checked(nameservers=("old.test",), dnssec=True), replace(SOUND, ds=NONE), at=NOW)
    assert [issue.kind for issue in outcome.issues] == [DnsIssueKind.DS_MISSING, DnsIssueKind.NS_UNLIKE_REGISTRY]


def test_a_fault_is_alarming_and_a_notice_is_not() -> None:
    (fault,) = dns_outcome.assess(checked(), BROKEN, at=NOW).alarming
    assert fault.kind is DnsIssueKind.NOT_DELEGATED
    noticed = dns_outcome.assess(checked(), replace(SOUND, mx=NONE), at=NOW)
    assert [issue.kind for issue in noticed.issues] == [DnsIssueKind.NO_MX]
    assert noticed.alarming == ()


@pytest.mark.parametrize(
    "domain",
    [
        NEW,
        checked(left=-5),
        checked(statuses=("clientHold",)),
        checked(left=None, answer=Answer.AVAILABLE),
        *(replace(checked(), decision=decision) for decision in sorted(TO_LAPSE)),
    ],
)
def test_what_cannot_work_or_need_not_is_no_alarm(domain) -> None:
    outcome = dns_outcome.assess(domain, BROKEN, at=NOW)
    assert (len(outcome.issues), outcome.alarming) == (1, ())
