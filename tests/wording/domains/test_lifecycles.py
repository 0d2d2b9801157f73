"""What a lifecycle means, in sentences."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from rules.domains import lifecycle, terms
from rules.domains.lifecycle import DarkReason, Registration
from rules.domains.records import Answer
from tests.rules.domains.test_lifecycle import MOMENTS, REGISTRATIONS
from wording.domains import lifecycles

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def words(*statuses: str, name: str = "bakery.com", answer: Answer = Answer.REGISTERED, **known) -> str:
    registration = Registration(name=name, answer=answer, statuses=statuses, **known)
    return lifecycles.sentences(lifecycle.assess(registration, now=NOW))


def test_a_doubted_loss_is_said_to_need_a_second_answer():
    assert "second look" in words("ok", answer=Answer.AVAILABLE, expires=days(10), doubted=True)


def test_in_the_auto_renew_period_it_says_what_the_registry_did_and_until_when_that_can_be_undone():
    assert words("autoRenewPeriod", expires=days(355)) == (
        "The registry has moved its end from 2026-02-19 to 2027-02-19 by itself, which pays for nothing:"
        " until 2026-04-05 its registrar can still delete it."
    )


@pytest.mark.parametrize(("known", "estimated"), [({"updated": days(-3)}, True), ({"updated": days(-200)}, False)])
def test_an_estimate_is_called_one(known, estimated):
    assert ("about" in words("redemptionPeriod", expires=days(-50), **known)) is estimated


def test_a_redemption_says_what_recovery_costs_in_time():
    assert words("redemptionPeriod", updated=days(-3)) == (
        "It has been deleted and is dark. Its registrar can restore it until about 2026-03-28, usually for a fee;"
        " after that come 5 days of pendingDelete, then anybody can register it."
    )
    assert words("QUARANTINE", name="bakery.eu", updated=days(-3)) == (
        "It has been deleted and is dark. Its registrar can restore it until about 2026-04-07, usually for a fee;"
        " after that anybody can register it."
    )


def test_how_long_a_registry_keeps_a_name_is_not_guessed():
    assert "not known here" in words("redemptionPeriod", name="bakery.zz", updated=days(-3))


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        (("clientHold",), "its registrar has set clientHold"),
        (("serverHold", "ok"), "its registry has set serverHold"),
        (("inactive",), "it has no name servers at its registry"),
        (("Suspended",), "its registry has suspended it"),
    ],
)
def test_what_does_not_resolve_is_called_dark_with_the_reason(statuses, why):
    assert f"It is dark now: {why}." in words(*statuses, expires=days(300))


def test_what_its_registry_takes_out_of_the_dns_after_its_end_says_after_how_long():
    assert "its registry takes names out of the DNS 10 days after their end" in words(
        "ok", name="bakery.se", expires=days(-11)
    )


@pytest.mark.parametrize("reason", DarkReason)
def test_every_reason_to_be_dark_has_words(reason):
    assert lifecycles.dark_reason(reason, terms.of("bakery.se"))


def test_a_transfer_is_told():
    assert words("pendingTransfer", expires=days(300)).endswith("A transfer to another registrar is pending.")


def test_a_date_of_our_own_is_called_that():
    assert "by our own records" in words(name="bakery.de", expires=days(5), expiry_is_ours=True)
    over = words(name="bakery.de", expires=days(-5), expiry_is_ours=True)
    assert "By our own records" in over
    assert "TRANSIT" in over


def test_an_end_that_nobody_states_any_more_is_called_the_last_one():
    assert "whether it was renewed is not known" in words(expires=days(-5), expiry_is_stale=True)


@given(REGISTRATIONS, MOMENTS)
def test_whatever_is_known_becomes_sentences(known, now):
    found = lifecycles.sentences(lifecycle.assess(known, now=now))
    assert found.endswith(".")
    assert "None" not in found
    assert "{" not in found
