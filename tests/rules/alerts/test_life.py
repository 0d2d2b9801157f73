"""An alert's life: a fold over its events, and what of them is news."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from rules.alerts import life
from rules.alerts.life import AlertEvent, AlertEventKind, AlertState
from rules.checks.alarms import Urgency

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPENED, STAGED, RESOLVED, REOPENED = (
    AlertEventKind.OPENED, AlertEventKind.STAGED, AlertEventKind.RESOLVED, AlertEventKind.REOPENED,
)  # fmt: skip


def event(kind: AlertEventKind, hours: float = 0, **details) -> AlertEvent:
    return AlertEvent(kind=kind, at=NOW + timedelta(hours=hours), **details)


def lived(events: Sequence[AlertEvent]) -> tuple[AlertState, list[str]]:
    """Return what an alert is after these events, and what was news of them."""
    state, told = None, []
    for one in events:
        told += [words] if (words := life.news(state, one)) else []
        state = life.after(state, one)
    assert state is not None
    return state, told


def test_each_graver_stage_is_news_and_voids_the_acknowledgement_of_the_one_before():
    state, told = lived(
        [
            event(OPENED, stage=30),
            event(AlertEventKind.ACKNOWLEDGED, 1, actor="ada"),
            event(STAGED, 2, stage=7, urgency=Urgency.URGENT),
        ]
    )
    assert told == ["stage 30", "stage 7"]
    assert (state.stage, state.acknowledged_by, state.acknowledged_at) == (7, "", None)


@pytest.mark.parametrize(("urgency", "snoozed"), [(Urgency.SOON, True), (Urgency.URGENT, False)])
def test_a_snooze_outlasts_a_stage_but_not_a_graver_urgency(urgency: Urgency, *, snoozed: bool):
    until = NOW + timedelta(days=3)
    state, _ = lived(
        [
            event(OPENED, stage=30),
            event(AlertEventKind.SNOOZED, 1, actor="ada", until=until),
            event(STAGED, 2, stage=14, urgency=urgency),
        ]
    )
    assert state.is_snoozed(NOW + timedelta(hours=3)) is snoozed
    assert not state.is_snoozed(until)


def test_the_end_of_a_snooze_is_news_of_its_own():
    until = NOW + timedelta(days=3)
    snooze = event(AlertEventKind.SNOOZED, until=until)
    assert life.news(lived([event(OPENED)])[0], snooze) == life.snooze_news(until)


def test_what_was_hardly_gone_is_no_news_and_stays_acknowledged():
    state, told = lived(
        [
            event(OPENED),
            event(AlertEventKind.ACKNOWLEDGED, 0.5, actor="ada"),
            event(RESOLVED, 1),
            event(REOPENED, 1.9),
        ]
    )
    assert told == ["opened"]
    assert (state.open, state.acknowledged_by, state.returns) == (True, "ada", 1)


def test_what_was_calm_is_news_again_and_nobody_sees_to_it_yet():
    state, told = lived(
        [
            event(OPENED),
            event(AlertEventKind.ACKNOWLEDGED, 0.5, actor="ada"),
            event(RESOLVED, 1),
            event(REOPENED, 2),
        ]
    )
    assert told == ["opened", "back 1"]
    assert state.acknowledged_at is None


def test_what_returns_again_and_again_is_told_as_flapping_and_by_its_words_once():
    events = [event(OPENED, stage=7)]
    for number in range(1, 9):
        events += [event(RESOLVED, number * 0.4 - 0.2), event(REOPENED, number * 0.4, stage=7)]
    state, told = lived(events)
    assert state.flapping
    assert list(dict.fromkeys(told)) == ["stage 7", "flapping"]


def test_a_graver_stage_is_news_however_much_it_flaps():
    events = [event(OPENED, stage=7)]
    for number in range(1, 9):
        events += [event(RESOLVED, number * 0.4 - 0.2), event(REOPENED, number * 0.4, stage=7)]
    _, told = lived([*events, event(RESOLVED, 9), event(REOPENED, 9.1, stage=1)])
    assert told[-1] == "stage 1"


def test_what_a_person_closes_is_not_open_and_remembers_that_its_cause_may_hold():
    state, _ = lived([event(OPENED), event(AlertEventKind.CLOSED, 1, actor="ada")])
    assert (state.open, state.held_closed) == (False, True)
    assert not life.after(state, event(RESOLVED, 2)).held_closed


@pytest.mark.parametrize(("before", "kind"), [(None, RESOLVED), ([event(OPENED)], OPENED)])
def test_an_impossible_event_is_named(before: list[AlertEvent] | None, kind: AlertEventKind):
    with pytest.raises(ValueError, match="opened"):
        life.after(lived(before)[0] if before else None, event(kind))
