"""What becomes of a subject's alerts when it is known what holds of it."""

from datetime import UTC, datetime, timedelta

from rules.alerts import life, reconciliation
from rules.alerts.life import AlertEvent, AlertEventKind, AlertState
from rules.alerts.reconciliation import AlertChange, KnownAlert, Notice, Standing
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOMAIN = Subject("domain", 1, 3)
OPEN = AlertState(opened_at=NOW - timedelta(days=1), stage=30, urgency=Urgency.SOON)


def known(number: int = 1, *, about: str = "2026-04-01", state: AlertState = OPEN) -> KnownAlert:
    return KnownAlert(id=number, kind="domain_expiry", about=about, state=state)


def gone(hours: float, **details) -> AlertState:
    event = AlertEvent(kind=AlertEventKind.RESOLVED, at=NOW - timedelta(hours=hours))
    return life.after(AlertState(opened_at=NOW - timedelta(days=9), stage=30, urgency=Urgency.SOON, **details), event)


def closed() -> AlertState:
    return life.after(OPEN, AlertEvent(kind=AlertEventKind.CLOSED, at=NOW - timedelta(days=20), actor="ada"))


def decided(*known_: KnownAlert, over: tuple[str, ...] = (), **notice) -> list[tuple[int | None, str]]:
    """Return which alert has which event, where its cause holds as ``notice`` says, or is over."""
    notices = (Notice(kind="domain_expiry", headline="h", **notice),) if notice else ()
    standing = Standing(subject=DOMAIN, notices=notices, over=frozenset(over))
    return [(one.alert_id, str(one.event.kind)) for one in reconciliation.decide(standing, known_, now=NOW)]


def test_what_nobody_knows_opens_and_what_is_known_does_not():
    assert decided(about="2026-04-01", stage=30) == [(None, "opened")]
    assert decided(known(), about="2026-04-01", stage=30) == []
    assert decided(known(), about="2026-04-01", stage=60) == []


def test_a_graver_stage_advances_it():
    assert decided(known(), about="2026-04-01", stage=14) == [(1, "staged")]


def test_what_is_over_is_resolved_and_kinds_that_were_not_open_are_left():
    assert decided(known(), over=("domain_expiry", "domain_gone")) == [(1, "resolved")]


def test_another_cause_in_its_place_is_an_alert_of_its_own():
    assert decided(known(), over=("domain_expiry",), about="2027-04-01", stage=30) == [
        (1, "resolved"),
        (None, "opened"),
    ]
    unnamed = known(about="")
    assert decided(unnamed, over=("domain_expiry",), stage=30) == [(1, "resolved"), (None, "opened")]


def test_the_same_cause_in_its_place_has_never_stopped():
    assert decided(known(), over=("domain_expiry",), about="2026-04-01", stage=30) == []
    assert decided(known(), over=("domain_expiry",), about="2026-04-01", stage=3) == [(1, "staged")]


def test_a_cause_that_is_back_within_a_day_is_the_same_alert():
    assert decided(known(state=gone(23)), about="2026-04-01", stage=30) == [(1, "reopened")]
    assert decided(known(state=gone(25)), about="2026-04-01", stage=30) == [(None, "opened")]
    assert decided(known(state=gone(2)), about="2027-01-01", stage=30) == [(None, "opened")]


def test_two_certificates_that_alternate_behind_an_address_are_one_alert_each():
    first, second = known(1, about="A"), known(2, about="B", state=gone(1))
    assert decided(first, second, over=("domain_expiry",), about="B", stage=30) == [(1, "resolved"), (2, "reopened")]


def test_the_newest_of_several_comes_back():
    assert decided(known(1, state=gone(5)), known(2, state=gone(3)), about="2026-04-01", stage=30) == [(2, "reopened")]


def test_what_a_person_closed_stays_closed_while_its_cause_holds():
    one = known(state=closed())
    assert decided(one, about="2026-04-01", stage=30) == []
    assert decided(one, about="2026-04-01", stage=7) == [(1, "reopened")]
    assert decided(one, about="2027-04-01", stage=30) == [(None, "opened")]


def test_what_a_person_closed_and_is_over_may_be_news_again():
    (change,) = reconciliation.decide(
        Standing(subject=DOMAIN, over=frozenset({"domain_expiry"})), [known(state=closed())], now=NOW
    )
    assert not change.state.held_closed
    assert change.news is None


def test_what_has_happened_anew_after_it_was_resolved_or_closed_is_news():
    assert decided(known(state=gone(0.01)), about="2026-04-01", stage=30, momentary=True) == [(None, "opened")]
    assert decided(known(state=closed()), about="2026-04-01", stage=30, momentary=True) == [(None, "opened")]


def test_a_change_brings_the_words_the_state_and_the_news():
    notice = Notice(kind="domain_expiry", headline="sooner", stage=7, urgency=Urgency.URGENT, about="2026-04-01")
    (change,) = reconciliation.decide(Standing(subject=DOMAIN, notices=(notice,)), [known()], now=NOW)
    assert isinstance(change, AlertChange)
    assert (change.notice, change.news, change.state.stage, change.state.urgency) == (
        notice,
        "stage 7",
        7,
        Urgency.URGENT,
    )
