"""An alert's life: what happens to it are events, and its state is a fold over them.

    opened ──> staged, acknowledged, snoozed, noted ──> resolved ──> reopened, where its cause is back within a day
                                                   └──> closed by a person, while its cause may still hold

Flapping is damped. A cause that is back within ``CALM`` is no news. A cause that returns for the third time, without a
calm day between, is told once as flapping.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rules.checks.alarms import Urgency

REOPENS_WITHIN: Final = timedelta(days=1)
"""A cause that is back within this is the same alert; after it, a new one."""

CALM: Final = timedelta(hours=1)
"""A cause that is back sooner was hardly gone: nobody is told again."""

FLAPS: Final = 3
"""An alert that has returned so often, without a calm day between, is flapping."""

SNOOZE_ENDS: Final = "snoozed until"
"""The first words of the news that a snooze is over."""

LONGEST_NOTE: Final = 1000
LONGEST_SNOOZE: Final = timedelta(days=366)


class AlertEventKind(StrEnum):
    """What happens to an alert."""

    OPENED = "opened"
    STAGED = "staged"  # a graver stage of the same cause is reached
    ACKNOWLEDGED = "acknowledged"  # a person sees to it
    SNOOZED = "snoozed"  # until a moment, after which it is told again
    NOTED = "noted"
    RESOLVED = "resolved"  # its cause is gone
    CLOSED = "closed"  # by a person; its cause may still hold
    REOPENED = "reopened"  # its cause is back


BY_PEOPLE: Final = frozenset(
    {AlertEventKind.ACKNOWLEDGED, AlertEventKind.SNOOZED, AlertEventKind.NOTED, AlertEventKind.CLOSED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """One thing that happened to an alert ``at`` that time. ``actor`` is empty where it happened by itself."""

    kind: AlertEventKind
    at: datetime
    stage: int | None = None
    urgency: Urgency = Urgency.SOON
    actor: str = ""
    note: str = ""
    until: datetime | None = None
    """Of a snooze: when it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """What an alert is now. ``returns`` counts how often its cause was back without a calm day between."""

    opened_at: datetime
    stage: int | None
    urgency: Urgency
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    held_closed: bool = False
    """Whether a person closed it and its cause has held since: it stays closed while it does."""
    returns: int = 0

    @property
    def open(self) -> bool:
        return self.resolved_at is None

    @property
    def flapping(self) -> bool:
        return self.returns >= FLAPS

    def is_snoozed(self, now: datetime) -> bool:
        """Tell whether it is snoozed now, so that nobody is told of it."""
        return self.snoozed_until is not None and now < self.snoozed_until


def after(state: AlertState | None, event: AlertEvent) -> AlertState:
    """Return what an alert is after an event. Raises ``ValueError`` for one that cannot happen to it."""
    if state is None:
        if event.kind is not AlertEventKind.OPENED:
            raise ValueError(f"an alert begins by being opened, not {event.kind}")
        return AlertState(opened_at=event.at, stage=event.stage, urgency=event.urgency)
    if event.kind is AlertEventKind.OPENED:
        raise ValueError("an alert is opened once")
    return _AFTER[event.kind](state, event)


def news(state: AlertState | None, event: AlertEvent) -> str | None:
    """Return the news in an event, in words that are told once of an alert; None where it is no news.

    ``state`` is what the alert was before the event.
    """
    match event.kind:
        case AlertEventKind.OPENED | AlertEventKind.STAGED:
            return _stage_news(event)
        case AlertEventKind.REOPENED if state is not None:
            if is_graver(event.stage, state.stage):
                return _stage_news(event)
            returns = state.returns + 1
            if returns >= FLAPS:
                return "flapping"
            return None if is_damped(state, event.at) else f"back {returns}"
        case AlertEventKind.SNOOZED if event.until is not None:
            return snooze_news(event.until)
        case _:
            return None


def snooze_news(until: datetime) -> str:
    """Return the end of a snooze as news."""
    return f"{SNOOZE_ENDS} {until.isoformat(timespec='seconds')}"


def is_graver(stage: int | None, before: int | None) -> bool:
    """Tell whether a stage (days that are left) is graver than the one before; any stage is graver than none."""
    return stage is not None and (before is None or stage < before)


def is_damped(state: AlertState, at: datetime) -> bool:
    """Tell whether an alert that returns at a moment was resolved less than ``CALM`` before."""
    return state.resolved_at is not None and at - state.resolved_at < CALM


def _stage_news(event: AlertEvent) -> str:
    return "opened" if event.stage is None else f"stage {event.stage}"


def _staged(state: AlertState, event: AlertEvent) -> AlertState:
    # A graver stage is news, also to the person who acknowledged the one before. A snooze ends only with a graver
    # urgency.
    return replace(
        state,
        stage=event.stage,
        urgency=event.urgency,
        acknowledged_at=None,
        acknowledged_by="",
        snoozed_until=None if event.urgency > state.urgency else state.snoozed_until,
    )


def _reopened(state: AlertState, event: AlertEvent) -> AlertState:
    graver = is_graver(event.stage, state.stage)
    back = replace(
        state,
        stage=event.stage if graver else state.stage,
        urgency=max(state.urgency, event.urgency),
        resolved_at=None,
        held_closed=False,
        returns=state.returns + 1,
    )
    if is_damped(state, event.at) and not graver and not state.held_closed:
        return back
    return replace(back, acknowledged_at=None, acknowledged_by="", snoozed_until=None)


def _acknowledged(state: AlertState, event: AlertEvent) -> AlertState:
    return replace(state, acknowledged_at=event.at, acknowledged_by=event.actor)


def _resolved(state: AlertState, event: AlertEvent) -> AlertState:
    return replace(state, resolved_at=state.resolved_at or event.at, held_closed=False)


_AFTER: Final[Mapping[AlertEventKind, Callable[[AlertState, AlertEvent], AlertState]]] = {
    AlertEventKind.STAGED: _staged,
    AlertEventKind.ACKNOWLEDGED: _acknowledged,
    AlertEventKind.SNOOZED: lambda state, event: replace(state, snoozed_until=event.until),
    AlertEventKind.NOTED: lambda state, _: state,
    AlertEventKind.RESOLVED: _resolved,
    AlertEventKind.CLOSED: lambda state, event: replace(state, resolved_at=event.at, held_closed=True),
    AlertEventKind.REOPENED: _reopened,
}
