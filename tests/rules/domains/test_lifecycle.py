from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.domains import lifecycle, terms
from rules.domains.lifecycle import DarkReason, Lifecycle, LifecycleStage, Registration
from rules.domains.records import EPP_STATUSES, Answer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def assess(name: str = "bakery.com", answer: Answer = Answer.REGISTERED, *statuses: str, **known) -> Lifecycle:
    return lifecycle.assess(Registration(name=name, answer=answer, statuses=statuses, **known), now=NOW)


def registered(*statuses: str, name: str = "bakery.com", **known) -> Lifecycle:
    return assess(name, Answer.REGISTERED, *statuses, **known)


@pytest.mark.parametrize(
    ("statuses", "left", "stage"),
    [
        (("ok",), None, LifecycleStage.ACTIVE),
        (("ok",), 61, LifecycleStage.ACTIVE),
        ((), 60, LifecycleStage.EXPIRING),
        (("clientTransferProhibited",), 0.1, LifecycleStage.EXPIRING),
        (("ok",), 0, LifecycleStage.EXPIRED),
        (("ok",), -400, LifecycleStage.EXPIRED),
        (("addPeriod",), 365, LifecycleStage.ACTIVE),
        (("autoRenewPeriod", "ok"), 360, LifecycleStage.AUTO_RENEW_PERIOD),
        (("redemptionPeriod",), -50, LifecycleStage.REDEMPTION_PERIOD),
        (("pendingDelete", "redemptionPeriod"), -50, LifecycleStage.REDEMPTION_PERIOD),
        (("pendingDelete",), -80, LifecycleStage.PENDING_DELETE),
        (("pendingDelete", "pendingRestore", "redemptionPeriod"), -50, LifecycleStage.PENDING_RESTORE),
        (("pendingDelete / redemptionPeriod",), -20, LifecycleStage.REDEMPTION_PERIOD),
        (("pendingDelete / pendingDelete",), -40, LifecycleStage.PENDING_DELETE),
        (("ok / autoRenewPeriod",), -3, LifecycleStage.AUTO_RENEW_PERIOD),
        (("QUARANTINE",), None, LifecycleStage.REDEMPTION_PERIOD),
        (("in quarantine",), None, LifecycleStage.REDEMPTION_PERIOD),
        (("redemption period",), None, LifecycleStage.REDEMPTION_PERIOD),
    ],
)
def test_the_stage_follows_from_the_statuses_first_and_the_date_after(statuses, left, stage):
    assert registered(*statuses, expires=None if left is None else days(left)).stage is stage


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        (Answer.AVAILABLE, LifecycleStage.AVAILABLE),
        (Answer.RESERVED, LifecycleStage.RESERVED),
        (Answer.THROTTLED, LifecycleStage.UNKNOWN),
        (Answer.UNAVAILABLE, LifecycleStage.UNKNOWN),
        (Answer.UNPARSABLE, LifecycleStage.UNKNOWN),
    ],
)
def test_an_answer_without_a_registration_is_a_stage_of_its_own(answer, stage):
    assert assess("bakery.com", answer, expires=days(3)).stage is stage


def test_how_near_the_end_has_to_be_can_be_said():
    known = Registration(name="bakery.com", answer=Answer.REGISTERED, expires=days(80))
    assert lifecycle.assess(known, now=NOW, within_days=90).stage is LifecycleStage.EXPIRING


def test_a_doubted_loss_leaves_the_domain_where_it_was():
    found = assess("bakery.com", Answer.AVAILABLE, "ok", expires=days(10), doubted=True)
    assert (found.stage, found.doubted) == (LifecycleStage.EXPIRING, True)


def test_in_the_auto_renew_period_the_date_that_jumped_is_not_what_is_paid_for():
    found = registered("autoRenewPeriod", expires=days(355))
    assert found.ends == datetime(2026, 2, 19, 12, tzinfo=UTC)
    assert found.deadline == datetime(2026, 4, 5, 12, tzinfo=UTC)
    assert not found.estimated


def test_a_jump_over_the_leap_day_ends_on_the_day_before_it():
    found = lifecycle.assess(
        Registration(
            name="bakery.com",
            answer=Answer.REGISTERED,
            statuses=("autoRenewPeriod",),
            expires=datetime(2028, 2, 29, tzinfo=UTC),
        ),
        now=datetime(2027, 3, 5, tzinfo=UTC),
    )
    assert found.ends == datetime(2027, 2, 28, tzinfo=UTC)


def test_a_registry_that_does_not_move_the_date_is_taken_at_its_word():
    found = registered("ok / autoRenewPeriod", name="bakery.it", expires=days(-5))
    assert (found.ends, found.deadline) == (days(-5), days(10))


def test_an_auto_renew_period_that_would_be_over_by_its_date_is_estimated_from_the_last_change():
    found = registered("autoRenewPeriod", expires=days(200), updated=days(-10))
    assert (found.deadline, found.estimated) == (days(35), True)


@pytest.mark.parametrize(
    ("known", "deadline"),
    [
        ({"updated": days(-3)}, days(27)),
        ({"since": days(-1)}, days(29)),
        ({"updated": days(-3), "since": days(-1)}, days(27)),  # the earliest that fits
        ({"updated": days(-200), "since": days(-1)}, days(29)),  # the change was about something else
        ({"updated": days(-200)}, None),
        ({"updated": days(5)}, None),  # a clock that is ahead says nothing
        ({}, None),
    ],
)
def test_how_long_a_redemption_lasts_is_estimated_on_the_safe_side(known, deadline):
    found = registered("redemptionPeriod", expires=days(-50), **known)
    assert found.deadline == deadline
    assert found.estimated is (deadline is not None)


def test_a_registry_of_which_nothing_is_known_gets_no_date():
    found = registered("redemptionPeriod", name="bakery.zz", updated=days(-3))
    assert (found.deadline, found.source) == (None, "")


@pytest.mark.parametrize(
    ("name", "statuses", "stage", "deadline"),
    [
        ("bakery.com", ("pendingDelete",), LifecycleStage.PENDING_DELETE, days(3)),
        ("bakery.at", ("pendingDelete",), LifecycleStage.REDEMPTION_PERIOD, days(54)),
        ("bakery.co.nz", ("pendingDelete",), LifecycleStage.REDEMPTION_PERIOD, days(88)),
        ("bakery.nl", ("pendingDelete",), LifecycleStage.PENDING_DELETE, None),
        ("bakery.nl", ("in quarantine",), LifecycleStage.REDEMPTION_PERIOD, days(38)),
        ("bakery.de", ("redemptionPeriod",), LifecycleStage.REDEMPTION_PERIOD, days(28)),
        ("bakery.com", ("pendingRestore",), LifecycleStage.PENDING_RESTORE, days(5)),
    ],
)
def test_each_registry_keeps_what_was_deleted_for_its_own_time(name, statuses, stage, deadline):
    found = registered(*statuses, name=name, updated=days(-2))
    assert (found.stage, found.deadline) == (stage, deadline)


@pytest.mark.parametrize(
    ("name", "ago", "deadline", "dark"),
    [
        ("bakery.com", 10, days(35), False),
        ("bakery.co.uk", 29, days(61), False),
        ("bakery.co.uk", 31, days(59), True),
        ("bakery.se", 9, days(61), False),
        ("bakery.se", 10, days(60), True),
        ("bakery.com.au", 1, days(29), True),
        ("bakery.es", 1, days(9), True),
        ("bakery.zz", 10, None, False),
        ("bakery.com", 50, days(-5), False),  # its registrar kept it for longer
    ],
)
def test_each_registry_has_its_own_time_after_the_expiry(name, ago, deadline, dark):
    found = registered("ok", name=name, expires=days(-ago))
    assert (found.stage, found.deadline, bool(found.dark)) == (LifecycleStage.EXPIRED, deadline, dark)


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        (("clientHold",), DarkReason.CLIENT_HOLD),
        (("serverHold", "ok"), DarkReason.SERVER_HOLD),
        (("inactive",), DarkReason.INACTIVE),
        (("dns hold",), DarkReason.DNS_HOLD),
        (("Suspended",), DarkReason.SUSPENDED),
        (("Deactivated",), DarkReason.DEACTIVATED),
        (("redemptionPeriod",), DarkReason.DELETED),
    ],
)
def test_what_does_not_resolve_is_dark_for_a_reason(statuses, why):
    assert registered(*statuses, expires=days(300)).dark == (why,)


def test_what_expired_too_long_ago_for_its_registry_is_dark():
    assert registered("ok", name="bakery.se", expires=days(-10)).dark == (DarkReason.EXPIRED,)
    assert registered("ok", name="bakery.se", expires=days(-9)).dark == ()


@pytest.mark.parametrize(
    ("statuses", "pending", "locked"),
    [
        (("ok",), False, False),
        (("clientTransferProhibited",), False, True),
        (("serverTransferProhibited", "clientDeleteProhibited"), False, True),
        (("transfer prohibited",), False, True),
        (("locked",), False, True),
        (("pendingTransfer",), True, False),
        (("pending transfer",), True, False),
    ],
)
def test_transfers_and_locks_are_found(statuses, pending, locked):
    found = registered(*statuses, expires=days(300))
    assert (found.transfer_pending, found.locked) == (pending, locked)


def test_every_row_of_the_table_names_its_source():
    assert all(row.source for row in (terms.GENERIC, *terms.BY_TLD.values()))
    assert not terms.UNKNOWN.source


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.com", True),
        ("a.photography", True),
        ("a.co.uk", True),
        ("a.FR", True),
        ("a.com.se", False),
        ("a.it.com", False),
        ("a.zz", False),
        ("a.xn--p1ai", False),
    ],
)
def test_only_generic_and_named_registries_have_terms(name, known):
    assert (terms.of(name) is not terms.UNKNOWN) is known


MOMENTS = st.datetimes(datetime(1985, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given UTC
REGISTRATIONS = st.builds(
    Registration,
    name=st.sampled_from(["a.com", "a.zz", *(f"a.{tld}" for tld in terms.BY_TLD)]),
    answer=st.sampled_from(list(Answer)),
    statuses=st.lists(st.sampled_from([*EPP_STATUSES, "QUARANTINE", "?", ""]) | st.text(max_size=9), max_size=4).map(
        tuple
    ),
    updated=st.none() | MOMENTS,
    expires=st.none() | MOMENTS,
    since=st.none() | MOMENTS,
    expiry_is_ours=st.booleans(),
    expiry_is_stale=st.booleans(),
    doubted=st.booleans(),
)


@given(REGISTRATIONS, MOMENTS)
def test_whatever_is_known_becomes_a_stage_that_ends_ahead_where_that_is_estimated(known, now):
    found = lifecycle.assess(known, now=now)
    assert found.stage is lifecycle.stage(known, now=now)
    assert not found.estimated or (found.deadline is not None and found.deadline > now)


@given(REGISTRATIONS, MOMENTS)
def test_what_is_paid_for_is_never_later_than_the_registrys_date(known, now):
    found = lifecycle.assess(known, now=now)
    assert found.ends is None or (known.expires is not None and found.ends <= known.expires)


NEW_YEAR = datetime(2000, 1, 1, tzinfo=UTC)
AUTO_RENEWED_THEN = Registration(
    name="a.com", answer=Answer.REGISTERED, statuses=("autoRenewPeriod",), expires=NEW_YEAR
)


@given(REGISTRATIONS, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)))
@example(AUTO_RENEWED_THEN, NEW_YEAR, timedelta(days=44))
@example(AUTO_RENEWED_THEN, NEW_YEAR, timedelta(days=45))
def test_a_published_deadline_does_not_move_while_it_is_ahead_and_is_none_once_its_stage_outlasts_it(known, now, later):
    """A stage that goes on past its deadline did not begin with the date: when it ends nobody can tell."""
    first, second = (lifecycle.assess(known, now=moment) for moment in (now, now + later))
    if first.stage is second.stage and not (first.estimated or second.estimated) and first.ends == second.ends:
        passed = second.deadline is None and first.deadline is not None and first.deadline <= second.at
        assert passed or first.deadline == second.deadline
