"""What staff are told of a domain: headlines, what to do, and the facts beneath."""

import pytest
from hypothesis import given

from rules.domains.domain import Domain
from rules.domains.knowledge import Known
from rules.domains.records import Answer
from rules.domains.renewals import DomainAlarm, DomainAlarmReason, RenewalDecision
from tests.rules.domains.test_renewals import DECISIONS, LEFT, STATUSES, alarms, days
from wording.domains import domain_alarms
from wording.domains.decisions import DECISIONS as IN_WORDS


def told(*statuses: str, **case) -> tuple[str, str]:
    """Return the headline of the only alarm, and what to do."""
    (alarm,) = alarms(*statuses, **case)
    return domain_alarms.headline(alarm), domain_alarms.what_to_do(alarm)


def test_what_expires_says_when_and_what_was_decided():
    assert told(left=5, decision=RenewalDecision.MANUAL) == (
        "bakery.com expires on 2026-03-06",
        "Renew it at its registrar.",
    )
    assert told(left=-5)[0] == "bakery.com expired on 2026-02-24"
    assert "decide with the client" in told(left=5)[1]
    assert "Ask the client again" in told(left=5, decision=RenewalDecision.UNANSWERED)[1]


def test_a_late_automatic_renewal_says_what_should_have_happened():
    headline, advice = told(left=5, decision=RenewalDecision.AUTO)
    assert headline == "bakery.com expires on 2026-03-06, and has not renewed by itself"
    assert "should have renewed by itself by now" in advice


def test_a_date_of_our_own_is_called_that_and_once_it_is_over_the_new_one_is_asked_for():
    assert told(left=5, expiry_is_ours=True)[0] == "bakery.com expires on 2026-03-06 by our own records"
    assert "enter its new date" in told(left=-5, expiry_is_ours=True)[1]


def test_an_end_that_nobody_states_any_more_may_have_been_moved():
    headline, advice = told(left=-5, expiry_is_stale=True)
    assert headline == "bakery.com may have expired on 2026-02-24, the last end that was stated"
    assert "whether it was renewed" in advice


def test_in_the_auto_renew_period_it_says_until_when_the_name_can_be_deleted():
    assert told("autoRenewPeriod", left=364, decision=RenewalDecision.MANUAL) == (
        "bakery.com has expired; its registry has moved the date, but nothing is paid",
        "Renew it at its registrar. Its registrar can still delete it until 2026-04-14.",
    )
    headline, advice = told("autoRenewPeriod", left=364, decision=RenewalDecision.LAPSE)
    assert headline == "bakery.com is to lapse, but has been renewed automatically"
    assert "costs money unless its registrar deletes it by 2026-04-14" in advice


def test_what_was_renewed_against_the_decision_says_until_when():
    headline, _ = told(left=340, decision=RenewalDecision.DECLINED, decided_for=days(-25))
    assert headline == "bakery.com was renewed until 2027-02-04 although it was to lapse"


def test_a_redemption_says_until_when_it_can_be_restored_and_that_a_date_is_a_guess():
    assert told("redemptionPeriod", left=-50, updated=days(0))[0] == (
        "bakery.com has been deleted and can be restored until about 2026-03-31"
    )
    assert told("redemptionPeriod", left=-50)[0] == "bakery.com has been deleted and can be restored for a while"


def test_a_restore_has_to_be_confirmed():
    assert "confirms the restore as soon as possible, or" in told("pendingRestore", left=-50)[1]
    assert "who ordered that" in told("pendingRestore", left=-50, decision=RenewalDecision.LAPSE)[1]


@pytest.mark.parametrize(
    ("statuses", "answer", "headline"),
    [
        (("pendingDelete",), Answer.REGISTERED, "bakery.com is being deleted and cannot be restored"),
        ((), Answer.AVAILABLE, "bakery.com is not registered any more"),
        ((), Answer.RESERVED, "bakery.com is not registered, and its registry keeps it back"),
        (("clientHold",), Answer.REGISTERED, "bakery.com is dark: its registrar has set clientHold"),
        (("pendingTransfer",), Answer.REGISTERED, "bakery.com is being transferred to another registrar"),
    ],
)
def test_what_is_lost_dark_or_on_its_way_is_called_that(statuses, answer, headline):
    assert told(*statuses, answer=answer)[0] == headline


def test_a_transfer_says_how_long_it_can_be_refused():
    assert "5 days" in told("pendingTransfer")[1]


def test_every_reason_and_every_decision_has_words():
    assert set(domain_alarms._HEADLINES) == set(domain_alarms._ADVICE) == set(DomainAlarmReason)
    assert set(IN_WORDS) == set(RenewalDecision)


def complete(alarm: DomainAlarm) -> bool:
    headline, advice = domain_alarms.headline(alarm), domain_alarms.what_to_do(alarm)
    assert headline.startswith("bakery.com ")
    assert advice.endswith(".")
    assert not headline.endswith((" ", "."))
    return not any(mark in headline + advice for mark in ("None", "{", "  "))


@given(STATUSES, LEFT, DECISIONS)
def test_whatever_the_case_is_the_words_are_complete(statuses, left, decision):
    for answer in Answer:
        assert all(map(complete, alarms(*statuses, left=left, decision=decision, answer=answer)))


def test_the_facts_name_the_client_the_registrar_the_end_and_the_decision():
    blank = Domain(id=1, name="bakery.com", client_id=1, client_name="Bakery", known=Known(name="bakery.com"))
    assert domain_alarms.facts(blank) == (
        ("Client", "Bakery"),
        ("Registrar", "not stated"),
        ("Expires", "not stated"),
        ("Decision", "Nothing is decided"),
    )
