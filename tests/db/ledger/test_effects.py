"""Intents of remote effects: whoever finds one without an outcome knows that an earlier attempt may have acted."""

import pytest

from db.ledger import effects
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")


def test_an_intent_is_written_before_the_call_and_settled_after_it() -> None:
    assert effects.begin("mail:1", "smtp.data", job_id=7)
    assert do.outcome_of("mail:1") is None
    effects.record_outcome("mail:1", "done")
    assert do.outcome_of("mail:1") == "done"


def test_an_intent_that_another_attempt_left_without_outcome_is_not_begun_again() -> None:
    assert effects.begin("mail:1", "smtp.data", job_id=7)
    assert not effects.begin("mail:1", "smtp.data", job_id=7)
    assert do.outcome_of("mail:1") is None


@pytest.mark.parametrize("outcome", ["done", "unknown"])
def test_what_happened_or_may_have_happened_is_not_begun_again(outcome: str) -> None:
    effects.begin("mail:1", "smtp.data", job_id=7)
    effects.record_outcome("mail:1", outcome)
    assert not effects.begin("mail:1", "smtp.data", job_id=8)
    assert do.outcome_of("mail:1") == outcome


def test_what_was_refused_did_not_happen_and_may_be_begun_again() -> None:
    effects.begin("mail:1", "smtp.data", job_id=7)
    effects.record_outcome("mail:1", "refused")
    assert effects.begin("mail:1", "smtp.data", job_id=8)
    assert do.outcome_of("mail:1") is None
    assert not effects.begin("mail:1", "smtp.data", job_id=9)


def test_an_intent_is_committed_when_begin_returns() -> None:
    effects.begin("mail:1", "smtp.data", job_id=7)
    assert do.at_once(1, lambda _: effects.begin("mail:1", "smtp.data", job_id=7)) == [False]


def test_of_many_that_begin_at_once_one_may_act() -> None:
    for number in range(5):
        key = f"mail:{number}"
        assert do.at_once(5, lambda place, key=key: effects.begin(key, "smtp.data", job_id=place)).count(True) == 1
        effects.record_outcome(key, "refused")
        assert do.at_once(5, lambda place, key=key: effects.begin(key, "smtp.data", job_id=place)).count(True) == 1


def test_each_key_has_an_outcome_of_its_own() -> None:
    effects.begin("mail:1", "smtp.data", job_id=7)
    effects.begin("mail:2", "smtp.data", job_id=None)
    effects.record_outcome("mail:1", "done")
    assert (do.outcome_of("mail:1"), do.outcome_of("mail:2"), do.outcome_of("mail:3")) == ("done", None, None)


def test_an_outcome_can_be_part_of_the_transaction_that_ends_the_job() -> None:
    effects.begin("mail:1", "smtp.data", job_id=7)
    with do.undone():
        effects.record_outcome("mail:1", "done")
    assert do.outcome_of("mail:1") is None
