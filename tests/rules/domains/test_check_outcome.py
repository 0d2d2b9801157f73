"""What follows from a check: one value for an answer, for silence, and for a decision that somebody made."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rules.checks.alarms import Urgency
from rules.domains import check_outcome, recent_checks
from rules.domains.changes import DomainChangeKind
from rules.domains.domain import Domain
from rules.domains.knowledge import Known
from rules.domains.lifecycle import LifecycleStage
from rules.domains.next_check import CheckReason
from rules.domains.records import Answer, RegistryRecord
from rules.domains.renewals import DomainAlarmKind, DomainAlarmReason, RenewalDecision

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NEW = Domain(id=7, name="bakery.com", client_id=3, client_name="Bakery", known=Known(name="bakery.com"))
ALL_KINDS = frozenset(DomainAlarmKind)


def record(*, left: float | None = 300, answer: Answer = Answer.REGISTERED, **said: Any) -> RegistryRecord:
    expires = None if left is None else NOW + left * DAY
    return RegistryRecord(
        name="bakery.com", answer=answer, source="rdap", server="rdap.example", expires=expires, **said
    )


def checked(*, left: float | None = 300, at: datetime = NOW, **said: Any) -> Domain:
    return check_outcome.answered(NEW, [record(left=left, **said)], at=at).domain


class TestAnswered:
    def test_a_first_answer_is_known_and_no_news(self) -> None:
        outcome = check_outcome.answered(NEW, [record(registrar="Names Ltd")], at=NOW)
        assert (outcome.domain.known.answer, outcome.domain.known.registrar) == (Answer.REGISTERED, "Names Ltd")
        assert (outcome.domain.checked_at, outcome.domain.stage, outcome.domain.stage_since) == (
            NOW,
            LifecycleStage.ACTIVE,
            NOW,
        )
        assert (outcome.changes, outcome.alarms, outcome.cleared) == ((), (), ALL_KINDS)
        assert outcome.next_check.reason is CheckReason.QUIET

    def test_the_last_looks_are_remembered_the_oldest_first(self) -> None:
        domain = NEW
        for day in range(40):
            at = NOW + day * DAY
            looked = check_outcome.answered(domain, [record()], at=at)
            domain = (check_outcome.unanswered(domain, "silence", at=at) if day % 2 else looked).domain
        assert len(domain.recent_checks) == recent_checks.MOST
        assert [one.word for one in domain.recent_checks[-2:]] == ["registered", "failed"]
        assert domain.recent_checks[-1].at == NOW + 39 * DAY
        assert check_outcome.reassessed(domain, at=NOW + 50 * DAY).domain.recent_checks == domain.recent_checks
        assert recent_checks.load(recent_checks.dump(domain.recent_checks)) == domain.recent_checks
        assert recent_checks.load(None) == ()

    def test_all_records_are_kept_as_they_came(self) -> None:
        records = [record(), replace(record(), source="whois")]
        assert check_outcome.answered(NEW, records, at=NOW).records == tuple(records)

    def test_what_moved_is_news_and_looked_after_more_often(self) -> None:
        outcome = check_outcome.answered(checked(registrar="One"), [record(registrar="Other")], at=NOW + DAY)
        assert [change.kind for change in outcome.changes] == [DomainChangeKind.REGISTRAR_CHANGED]
        assert outcome.domain.changed_at == NOW + DAY
        assert outcome.next_check.reason is CheckReason.CHANGED

    def test_an_end_that_nobody_states_any_more_is_no_expiry_once_it_has_passed(self) -> None:
        known = checked(left=10)
        silent = check_outcome.answered(known, [record(left=None)], at=NOW + DAY).domain
        (near,) = check_outcome.reassessed(silent, at=NOW + 2 * DAY).alarms
        assert near.reason is DomainAlarmReason.EXPIRES
        outcome = check_outcome.answered(silent, [record(left=None)], at=NOW + 20 * DAY)
        (alarm,) = outcome.alarms
        assert (alarm.reason, alarm.urgency) == (DomainAlarmReason.END_UNCONFIRMED, Urgency.URGENT)
        assert outcome.domain.stage is LifecycleStage.UNKNOWN
        stated = check_outcome.answered(outcome.domain, [record(left=10)], at=NOW + 20 * DAY)
        assert (stated.alarms[0].urgency, stated.domain.stage) == (Urgency.CRITICAL, LifecycleStage.EXPIRED)

    def test_a_later_date_by_hand_takes_the_place_of_an_end_that_nobody_states_any_more(self) -> None:
        by_hand = replace(checked(left=10), expires_by_hand=(NOW + 375 * DAY).date())
        outcome = check_outcome.answered(by_hand, [record(left=None)], at=NOW + 20 * DAY)
        assert (outcome.alarms, outcome.domain.stage) == ((), LifecycleStage.ACTIVE)
        assert outcome.domain.expiry is not None
        assert outcome.domain.expiry.statement.source == "hand"
        assert outcome.domain.registration.expiry_is_ours

    def test_an_answer_ends_a_row_of_failures(self) -> None:
        failing = check_outcome.unanswered(checked(), "it hung up", at=NOW + DAY).domain
        answered = check_outcome.answered(failing, [record()], at=NOW + 2 * DAY).domain
        assert (answered.failures, answered.failure, answered.failed_at) == (0, None, None)

    def test_an_answer_that_settles_nothing_leaves_what_is_known(self) -> None:
        before = checked()
        outcome = check_outcome.answered(before, [record(answer=Answer.UNPARSABLE, left=None)], at=NOW + DAY)
        assert outcome.domain.known.expires == before.known.expires
        assert (outcome.domain.failure, outcome.domain.failures) == ("unparsable", 1)
        assert outcome.domain.checked_at == NOW

    @pytest.mark.parametrize("left", [35, 3])
    def test_an_end_that_moved_clears_the_alert_of_the_one_before_and_may_open_another(self, left: float) -> None:
        outcome = check_outcome.answered(checked(left=5), [record(left=left)], at=NOW)
        assert [alarm.kind for alarm in outcome.alarms] == [DomainAlarmKind.EXPIRY]
        assert DomainAlarmKind.EXPIRY in outcome.cleared

    def test_an_alarm_that_still_holds_is_not_cleared(self) -> None:
        outcome = check_outcome.answered(checked(left=5), [record(left=5)], at=NOW)
        assert outcome.cleared == ALL_KINDS - {DomainAlarmKind.EXPIRY}


class TestStage:
    def test_it_keeps_its_beginning_while_it_lasts(self) -> None:
        later = check_outcome.reassessed(checked(), at=NOW + DAY).domain
        assert (later.stage, later.stage_since) == (LifecycleStage.ACTIVE, NOW)

    def test_a_new_one_begins_when_it_is_first_observed(self) -> None:
        later = check_outcome.reassessed(checked(left=100), at=NOW + 50 * DAY).domain
        assert (later.stage, later.stage_since) == (LifecycleStage.EXPIRING, NOW + 50 * DAY)

    def test_an_estimate_counts_from_the_stage_that_is_reached_and_not_from_the_one_before(self) -> None:
        deleted = record(left=-50, statuses=("redemptionPeriod",))
        outcome = check_outcome.answered(checked(left=-50, at=NOW - 20 * DAY), [deleted], at=NOW)
        (alarm,) = outcome.alarms
        assert alarm.life.deadline == NOW + 30 * DAY


class TestUnanswered:
    def test_what_is_known_stays_and_what_lapses_still_lapses(self) -> None:
        before = checked(left=5)
        outcome = check_outcome.unanswered(before, "it hung up", at=NOW + DAY)
        assert outcome.domain.known == before.known
        assert (outcome.domain.failure, outcome.domain.failures, outcome.domain.failed_at) == (
            "it hung up",
            1,
            NOW + DAY,
        )
        assert (outcome.records, outcome.changes) == ((), ())
        assert [alarm.kind for alarm in outcome.alarms] == [DomainAlarmKind.EXPIRY]
        assert outcome.next_check.reason is CheckReason.UNANSWERED

    def test_of_what_nobody_ever_answered_nothing_is_known(self) -> None:
        outcome = check_outcome.unanswered(NEW, "it hung up", at=NOW)
        assert (outcome.domain.known, outcome.domain.stage) == (NEW.known, LifecycleStage.UNKNOWN)
        assert (outcome.alarms, outcome.domain.is_checked) == ((), True)


class TestReassessed:
    def test_a_decision_decides_what_is_an_alarm(self) -> None:
        before = checked(left=5)
        lapsing = check_outcome.reassessed(replace(before, decision=RenewalDecision.LAPSE), at=NOW)
        assert (lapsing.alarms, lapsing.cleared) == ((), ALL_KINDS)
        assert lapsing.domain.checked_at == before.checked_at

    def test_a_persons_date_counts_where_the_registry_states_none(self) -> None:
        undated = replace(checked(left=None), expires_by_hand=date(2026, 3, 6))
        outcome = check_outcome.reassessed(undated, at=NOW)
        (alarm,) = outcome.alarms
        assert (alarm.life.registration.expiry_is_ours, alarm.stage) == (True, 7)
        assert outcome.next_check.reason is CheckReason.END_NEAR

    def test_the_domains_own_days_are_kept_to(self) -> None:
        before = checked(left=85)
        assert check_outcome.reassessed(before, at=NOW).alarms == ()
        (alarm,) = check_outcome.reassessed(replace(before, alert_days=(90,)), at=NOW).alarms
        assert alarm.stage == 90
