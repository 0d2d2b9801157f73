from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.checks import stages
from rules.checks.alarms import Urgency
from rules.domains import lifecycle, renewals
from rules.domains.lifecycle import Lifecycle, LifecycleStage, Registration
from rules.domains.records import Answer
from rules.domains.renewals import (
    TO_LAPSE,
    DomainAlarm,
    DomainAlarmKind,
    DomainAlarmReason,
    RenewalDecision,
)
from wording.domains import domain_alarms

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIVING = [decision for decision in RenewalDecision if decision not in TO_LAPSE]


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def life(*statuses: str, answer: Answer = Answer.REGISTERED, now: datetime = NOW, **known) -> Lifecycle:
    return lifecycle.assess(Registration(name="bakery.com", answer=answer, statuses=statuses, **known), now=now)


def alarms(
    *statuses: str,
    left: float | None = 300,
    decision: RenewalDecision = RenewalDecision.UNDECIDED,
    answer: Answer = Answer.REGISTERED,
    updated: datetime | None = None,
    now: datetime = NOW,
    expiry_is_ours: bool = False,
    expiry_is_stale: bool = False,
    **more,
) -> tuple[DomainAlarm, ...]:
    known = {
        "expires": None if left is None else days(left),
        "updated": updated,
        "expiry_is_ours": expiry_is_ours,
        "expiry_is_stale": expiry_is_stale,
    }
    return renewals.alarms(life(*statuses, answer=answer, now=now, **known), decision=decision, **more)


def kinds(*statuses: str, **case) -> list[tuple[DomainAlarmKind, int | None]]:
    return [(alarm.kind, alarm.stage) for alarm in alarms(*statuses, **case)]


@pytest.mark.parametrize("decision", [RenewalDecision.UNDECIDED, RenewalDecision.MANUAL, RenewalDecision.UNANSWERED])
@pytest.mark.parametrize(
    ("left", "stage"), [(61, None), (60, 60), (30, 30), (14, 14), (7, 7), (3, 3), (1, 1), (0, 0), (-9, 0)]
)
def test_what_has_to_be_renewed_is_told_in_stages(decision, left, stage):
    assert kinds(left=left, decision=decision) == ([] if stage is None else [(DomainAlarmKind.EXPIRY, stage)])


@pytest.mark.parametrize(("left", "stage"), [(60, None), (14, None), (7.1, None), (7, 7), (2, 3), (0, 0)])
def test_what_renews_by_itself_is_quiet_until_it_is_late(left, stage):
    assert kinds(left=left, decision=RenewalDecision.AUTO) == (
        [] if stage is None else [(DomainAlarmKind.EXPIRY, stage)]
    )


@pytest.mark.parametrize("decision", sorted(TO_LAPSE))
@pytest.mark.parametrize(
    ("statuses", "left", "answer"),
    [
        (("ok",), 5, Answer.REGISTERED),
        (("ok",), -5, Answer.REGISTERED),
        (("clientHold",), -5, Answer.REGISTERED),
        (("redemptionPeriod", "pendingDelete"), -50, Answer.REGISTERED),
        (("pendingDelete",), -80, Answer.REGISTERED),
        (("pendingTransfer",), 50, Answer.REGISTERED),
        ((), -90, Answer.AVAILABLE),
    ],
)
def test_what_is_to_lapse_may_do_so_in_peace(decision, statuses, left, answer):
    assert kinds(*statuses, left=left, answer=answer, decision=decision) == []


@pytest.mark.parametrize("decision", sorted(TO_LAPSE))
def test_what_is_to_lapse_and_was_renewed_automatically_is_told_at_once_and_before_it_is_too_late(decision):
    def at(day: float) -> list[tuple[DomainAlarmKind, int | None, Urgency]]:
        found = alarms("autoRenewPeriod", left=365 - 1, decision=decision, now=days(day))
        return [(alarm.kind, alarm.stage, alarm.urgency) for alarm in found]

    assert at(0) == at(20) == [(DomainAlarmKind.RENEWED, None, Urgency.SOON)]
    assert at(38) == [(DomainAlarmKind.RENEWED, 7, Urgency.URGENT)]
    (alarm,) = alarms("autoRenewPeriod", left=364, decision=decision)
    assert alarm.reason is DomainAlarmReason.AUTO_RENEWED_AGAINST_DECISION
    assert f"{alarm.life.deadline:%Y-%m-%d}" == "2026-04-14"


def test_what_was_renewed_after_it_was_to_lapse_stays_an_alarm_until_somebody_decides_anew():
    case = {"left": 340, "decision": RenewalDecision.DECLINED}
    assert kinds(**case, decided_for=days(-25)) == [(DomainAlarmKind.RENEWED, 0)]
    assert kinds(**case, decided_for=days(340)) == []
    assert kinds(**case) == []
    assert kinds(left=340, decision=RenewalDecision.MANUAL, decided_for=days(-25)) == []


def test_in_an_auto_renew_period_that_outlasts_its_deadline_staff_are_told_of_no_day_and_the_alarm_stays():
    (alarm,) = alarms("autoRenewPeriod", left=-46, decision=RenewalDecision.MANUAL)
    assert (alarm.kind, alarm.stage, alarm.urgency) == (DomainAlarmKind.RENEWED, None, Urgency.CRITICAL)
    assert domain_alarms.what_to_do(alarm) == "Renew it at its registrar. Its registrar can still delete it."


def test_in_the_auto_renew_period_nothing_is_paid_yet():
    (alarm,) = alarms("autoRenewPeriod", left=364, decision=RenewalDecision.MANUAL)
    assert (alarm.kind, alarm.stage, alarm.urgency) == (DomainAlarmKind.RENEWED, 60, Urgency.CRITICAL)
    assert (alarm.reason, alarm.decision) == (DomainAlarmReason.AUTO_RENEWED_UNPAID, RenewalDecision.MANUAL)
    assert f"{alarm.life.deadline:%Y-%m-%d}" == "2026-04-14"


def test_the_auto_renew_period_of_what_renews_by_itself_is_as_it_should_be():
    assert kinds("autoRenewPeriod", left=364, decision=RenewalDecision.AUTO) == []


@pytest.mark.parametrize("decision", LIVING)
@pytest.mark.parametrize(
    ("statuses", "answer", "kind"),
    [
        (("redemptionPeriod", "pendingDelete"), Answer.REGISTERED, DomainAlarmKind.REDEMPTION),
        (("pendingDelete",), Answer.REGISTERED, DomainAlarmKind.GONE),
        ((), Answer.AVAILABLE, DomainAlarmKind.GONE),
        ((), Answer.RESERVED, DomainAlarmKind.GONE),
        (("clientHold",), Answer.REGISTERED, DomainAlarmKind.DARK),
        (("serverHold",), Answer.REGISTERED, DomainAlarmKind.DARK),
    ],
)
def test_what_should_live_and_is_lost_or_dark_is_most_urgent(decision, statuses, answer, kind):
    alarm = alarms(*statuses, left=200, answer=answer, decision=decision)[0]
    assert (alarm.kind, alarm.urgency) == (kind, Urgency.CRITICAL)


def test_a_redemption_is_told_again_as_its_end_comes_nearer():
    case = {"left": -50.0, "updated": NOW}
    reached = [
        alarms("redemptionPeriod", **case, now=days(day))[0].stage for day in (0.1, 15.9, 16.1, 23.1, 27.1, 29.1)
    ]
    assert reached == [30, 30, 14, 7, 3, 1]
    assert alarms("redemptionPeriod", left=-50)[0].stage is None, "nobody knows how long"
    assert alarms("redemptionPeriod", **case, warn_at=(20, 5))[0].stage is None, "told at once, and then in stages"


def test_a_restore_on_its_way_is_told_and_one_that_nobody_wanted_is_an_alarm():
    (alarm,) = alarms("pendingRestore", left=-50, updated=NOW)
    assert (alarm.kind, alarm.reason) == (DomainAlarmKind.REDEMPTION, DomainAlarmReason.BEING_RESTORED)
    (alarm,) = alarms("pendingRestore", left=-50, decision=RenewalDecision.LAPSE)
    assert (alarm.kind, alarm.urgency) == (DomainAlarmKind.RENEWED, Urgency.URGENT)
    assert alarm.reason is DomainAlarmReason.RESTORED_AGAINST_DECISION


def test_a_transfer_that_nobody_asked_for_can_be_refused_for_some_days():
    (alarm,) = alarms("pendingTransfer")
    assert (alarm.kind, alarm.stage, alarm.urgency) == (DomainAlarmKind.TRANSFER, None, Urgency.URGENT)


def test_several_things_are_told_at_once_the_most_urgent_first():
    assert [alarm.kind for alarm in alarms("clientHold", "pendingTransfer", left=25)] == [
        DomainAlarmKind.DARK, DomainAlarmKind.TRANSFER, DomainAlarmKind.EXPIRY,
    ]  # fmt: skip


def test_stages_of_ones_own_are_kept_to():
    own = stages.parse("90,5")
    assert [kinds(left=left, warn_at=own) for left in (91, 80, 4, -1)] == [
        [], [(DomainAlarmKind.EXPIRY, 90)], [(DomainAlarmKind.EXPIRY, 5)], [(DomainAlarmKind.EXPIRY, 0)],
    ]  # fmt: skip


def test_a_date_of_our_own_that_is_over_is_less_urgent_than_the_registrys():
    def ours(left: float) -> DomainAlarm:
        (alarm,) = alarms(left=left, expiry_is_ours=True)
        return alarm

    assert ours(5).reason is DomainAlarmReason.EXPIRES
    assert ours(-5).reason is DomainAlarmReason.EXPIRED
    assert ours(-5).urgency is Urgency.URGENT


def test_without_a_date_nothing_is_told_of_its_end():
    assert kinds(left=None) == []


def test_what_nobody_can_say_now_does_not_silence_the_date_that_is_known():
    assert kinds(left=5, answer=Answer.THROTTLED) == [(DomainAlarmKind.EXPIRY, 7)]


def test_a_doubted_loss_is_no_loss():
    doubted = life("ok", answer=Answer.AVAILABLE, expires=days(300), doubted=True)
    assert renewals.alarms(doubted) == ()


STATUSES = st.lists(
    st.sampled_from(
        [
            "ok", "clientHold", "inactive", "autoRenewPeriod", "redemptionPeriod", "pendingDelete",
            "pendingRestore", "pendingTransfer", "clientTransferProhibited",
        ]
    ),
    max_size=3,
).map(tuple)  # fmt: skip
DECISIONS = st.sampled_from(list(RenewalDecision))
WARN_AT = st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True).map(lambda own: tuple(sorted(own)[::-1]))
LEFT = st.floats(-500, 500, allow_nan=False)


@given(STATUSES, st.floats(-500, 0, allow_nan=False), st.sampled_from(LIVING), WARN_AT)
def test_what_has_expired_and_should_live_is_never_passed_over(statuses, left, decision, own):
    assume(not (decision is RenewalDecision.AUTO and "autoRenewPeriod" in statuses))  # that is how it renews by itself
    assert alarms(*statuses, left=left, decision=decision, warn_at=own)


@given(STATUSES, LEFT, DECISIONS, WARN_AT, st.sampled_from(list(Answer)))
def test_there_is_one_alarm_of_a_kind_and_the_most_urgent_comes_first(statuses, left, decision, own, answer):
    found = alarms(*statuses, left=left, decision=decision, warn_at=own, answer=answer)
    assert len({alarm.kind for alarm in found}) == len(found)
    assert [alarm.urgency for alarm in found] == sorted((alarm.urgency for alarm in found), reverse=True)
    assert all(alarm.stage is None or alarm.stage in {0, *own} for alarm in found)


@given(STATUSES, LEFT, DECISIONS, WARN_AT, st.floats(0, 400, allow_nan=False))
def test_no_stage_goes_up_as_time_passes(statuses, left, decision, own, later):
    found = life(*statuses, expires=days(left), updated=days(left + 2))

    def at(now: datetime) -> dict[DomainAlarmKind, int | None]:
        return {
            alarm.kind: alarm.stage for alarm in renewals.alarms(replace(found, at=now), decision=decision, warn_at=own)
        }

    before, after = at(NOW), at(days(later))
    for kind, stage in before.items():
        second = after.get(kind)
        assert stage is None or second is None or second <= stage


@given(STATUSES, LEFT, st.sampled_from(sorted(TO_LAPSE)), WARN_AT)
def test_what_is_to_lapse_is_an_alarm_only_where_it_costs_money(statuses, left, decision, own):
    assert {alarm.kind for alarm in alarms(*statuses, left=left, decision=decision, warn_at=own)} <= {
        DomainAlarmKind.RENEWED
    }


@given(STATUSES, LEFT, st.sampled_from(LIVING), st.booleans())
def test_an_expiry_is_told_while_the_date_alone_says_it(statuses, left, decision, ours):
    found = life(*statuses, expires=days(left))
    kinds = {alarm.kind for alarm in alarms(*statuses, left=left, decision=decision, expiry_is_ours=ours)}
    ending = found.stage in {LifecycleStage.ACTIVE, LifecycleStage.EXPIRING, LifecycleStage.EXPIRED}
    due = left <= (renewals.LATE_DAYS if decision is RenewalDecision.AUTO else stages.STAGES[0])
    assert (DomainAlarmKind.EXPIRY in kinds) is (ending and due)
