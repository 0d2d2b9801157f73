"""Compares what holds of a subject with its stored alerts: which of them open, advance, end, and come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rules.alerts import life
from rules.alerts.life import AlertEvent, AlertEventKind, AlertState
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject

FACT: Final = "fact {}"
"""The name under which a fact's value is kept as a translatable text, with the fact's place among the facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alarm in words, as the alert about it says it. ``facts`` are pairs of a label and a value.

    ``about`` tells two causes of one kind apart (an end's date, the faults' kinds): what returns with the same one is
    the same alert. ``group`` names the storm that it may be part of, such as an issuer. What is ``momentary`` has
    happened and does not go on: when it happens again after its alert was resolved or closed, that is news.
    """

    kind: str
    stage: int | None = None
    urgency: Urgency = Urgency.SOON
    headline: str
    what_to_do: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    about: str = ""
    group: str = ""
    momentary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds of a subject now: ``notices`` are its alarms, ``over`` the kinds whose open alerts are resolved.

    An alert whose kind is in both is resolved and opened anew, because it is about another end or another fault now.
    Where alert and notice are ``about`` the same, the alert stays open.
    """

    subject: Subject
    notices: tuple[Notice, ...] = ()
    over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlert:
    """An alert that is stored: open, closed by a person, or resolved so recently that its cause may come back to it."""

    id: int
    kind: str
    about: str
    state: AlertState


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One event of an alert, with its state after it. An event without ``alert_id`` opens a new alert.

    ``notice`` holds the alert's words where they change, ``news`` what has to be told of it.
    """

    subject: Subject
    alert_id: int | None
    event: AlertEvent
    state: AlertState
    notice: Notice | None = None
    news: str | None = None


def decide(standing: Standing, known: Sequence[KnownAlert], *, now: datetime) -> list[AlertChange]:
    """Return what happens to a subject's alerts at ``now``, in order."""
    notices = {one.kind: one for one in standing.notices}
    changes: list[AlertChange] = []
    for kind in sorted(standing.over):
        changes += [
            _change(standing.subject, one, AlertEvent(kind=AlertEventKind.RESOLVED, at=now))
            for one in known
            if one.kind == kind and _ends(one, notices)
        ]
    ended = frozenset(one.alert_id for one in changes)
    for notice in standing.notices:
        change = _raised(standing, notice, [one for one in known if one.kind == notice.kind], ended, now)
        if change is not None:
            changes.append(change)
    return changes


def _ends(one: KnownAlert, notices: Mapping[str, Notice]) -> bool:
    """Tell whether an alert is resolved where its kind is over.

    That includes an alert that a person closed: it need not stay closed any longer, and its cause may be news again.
    """
    if not one.state.open:
        return one.state.held_closed
    notice = notices.get(one.kind)
    return notice is None or not one.about or notice.about != one.about


def _raised(
    standing: Standing, notice: Notice, known: Sequence[KnownAlert], ended: frozenset[int | None], now: datetime
) -> AlertChange | None:
    """Return what an alarm makes of the alerts of its kind; None where it is no news."""
    is_open = next((one for one in known if one.state.open and one.id not in ended), None)
    if is_open is not None:
        graver = life.is_graver(notice.stage, is_open.state.stage)
        return (
            _change(standing.subject, is_open, _event(AlertEventKind.STAGED, notice, now), notice) if graver else None
        )
    before = _before(notice, known, standing.over, now)
    if before is None:
        return _change(standing.subject, None, _event(AlertEventKind.OPENED, notice, now), notice)
    holds = before.state.held_closed and before.id not in ended
    if holds and not life.is_graver(notice.stage, before.state.stage):
        return None
    return _change(standing.subject, before, _event(AlertEventKind.REOPENED, notice, now), notice)


def _before(notice: Notice, known: Sequence[KnownAlert], over: frozenset[str], now: datetime) -> KnownAlert | None:
    """Return the alert of the same cause that an alarm comes back to; the newest of several."""
    if notice.momentary or (not notice.about and notice.kind in over):
        return None  # it happened anew, or the caller says that it is about something else now
    found = [one for one in known if one.about == notice.about and _may_return(one, now)]
    return max(found, key=lambda one: one.id, default=None)


def _may_return(one: KnownAlert, now: datetime) -> bool:
    gone_at = one.state.resolved_at
    return one.state.held_closed or (gone_at is not None and now - gone_at < life.REOPENS_WITHIN)


def _event(kind: AlertEventKind, notice: Notice, now: datetime) -> AlertEvent:
    return AlertEvent(kind=kind, at=now, stage=notice.stage, urgency=notice.urgency)


def _change(subject: Subject, one: KnownAlert | None, event: AlertEvent, notice: Notice | None = None) -> AlertChange:
    state = one.state if one else None
    return AlertChange(
        subject=subject,
        alert_id=one.id if one else None,
        event=event,
        state=life.after(state, event),
        notice=notice,
        news=life.news(state, event),
    )
