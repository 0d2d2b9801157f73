"""Writes what happens to alerts: one statement each for new alerts, changed ones and their events, however many."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db import connection
from db.fields import stored as written
from rules.alerts import life
from rules.alerts.life import AlertState
from rules.alerts.reconciliation import FACT, AlertChange, KnownAlert, Notice
from rules.checks.alarms import Urgency
from rules.translatable import Kept, dump, dump_if_kept

_ABOUT_MAX, _STORM_MAX = 200, 100

STATE: Final = (
    "opened_at, stage, urgency, acknowledged_at, acknowledged_by, snoozed_until, cleared_at, held_closed, returns"
)


@dataclass(frozen=True, slots=True)
class StateColumns:
    """The columns of an alert that are its ``AlertState``."""

    opened_at: datetime
    stage: int | None
    urgency: Urgency
    acknowledged_at: datetime | None
    acknowledged_by: str
    snoozed_until: datetime | None
    cleared_at: datetime | None
    held_closed: bool
    returns: int

    @property
    def state(self) -> AlertState:
        return AlertState(
            opened_at=self.opened_at,
            stage=self.stage,
            urgency=Urgency(self.urgency),
            acknowledged_at=self.acknowledged_at,
            acknowledged_by=self.acknowledged_by,
            snoozed_until=self.snoozed_until,
            resolved_at=self.cleared_at,
            held_closed=self.held_closed,
            returns=self.returns,
        )


@dataclass(frozen=True, slots=True)
class _Known(StateColumns):
    """A row of ``KnownAlert``."""

    id: int
    subject_id: int
    kind: str
    about: str


def known(subject_kind: str, ids: Sequence[int], *, now: datetime) -> Mapping[int, Sequence[KnownAlert]]:
    """Return, locked, the alerts of each subject that the rules need: open, held closed, or resolved within a day."""
    rows = connection.rows(
        _Known,
        f"SELECT id, subject_id, kind, about, {STATE} FROM alert"  # noqa: S608 - our own words
        " WHERE subject_kind = %s AND subject_id {ids}"
        " AND (cleared_at IS NULL OR held_closed OR cleared_at > %s) ORDER BY id {locked}",
        subject_kind,
        list(ids),
        written(now - life.REOPENS_WITHIN),
    )
    found: dict[int, list[KnownAlert]] = {}
    for row in rows:
        one = KnownAlert(id=row.id, kind=row.kind, about=row.about, state=row.state)
        found.setdefault(row.subject_id, []).append(one)
    return found


def lock(ids: Sequence[int]) -> list[int]:
    """Keep alerts from being changed until the caller's transaction ends; return the ids that exist, ascending."""
    rows = connection.execute("SELECT id FROM alert WHERE id {ids} ORDER BY id {locked}", sorted(set(ids)))
    return [row[0] for row in rows]


def write(changes: Sequence[AlertChange]) -> list[int]:
    """Write what happened to alerts, in the caller's transaction; returns the ids of those with news, ascending."""
    _write_states([(one.alert_id, one) for one in changes if one.alert_id])  # first: what is resolved makes room
    opened = _opened([one for one in changes if one.alert_id is None])
    ids = [one.alert_id or opened.get((one.subject.kind, one.subject.id, _notice(one).kind)) for one in changes]
    # Another transaction may have opened the same alert first; then its news is not ours.
    happened = [(number, one) for number, one in zip(ids, changes, strict=True) if number]
    if happened:
        connection.changed(_ADD_EVENTS, _objects(_event(number, one) for number, one in happened))
    return sorted({number for number, one in happened if one.news})


_OPEN = """
    INSERT INTO alert (kind, subject_kind, subject_id, client_id, headline, facts, what_to_do, said, about, storm,
                       opened_at, stage, urgency)
    SELECT {of(kind, text)}, {of(subject_kind, text)}, {of(subject_id, bigint)}, {of(client_id, bigint)},
           {of(headline, text)}, {of(facts, jsonb)}, {of(what_to_do, text)}, {of(said, jsonb)}, {of(about, text)},
           {of(storm, text)},
           {of(opened_at, timestamptz)}, {of(stage, integer)}, {of(urgency, integer)}
    FROM {objects} WHERE TRUE
    ON CONFLICT DO NOTHING
    RETURNING id, subject_kind, subject_id, kind
    """
_CHANGE = """
    UPDATE alert SET
        stage = {of(stage, integer)}, urgency = {of(urgency, integer)},
        headline = COALESCE({of(headline, text)}, headline), facts = COALESCE({of(facts, jsonb)}, facts),
        what_to_do = COALESCE({of(what_to_do, text)}, what_to_do), said = COALESCE({of(said, jsonb)}, said),
        storm = COALESCE({of(storm, text)}, storm),
        acknowledged_at = {of(acknowledged_at, timestamptz)}, acknowledged_by = {of(acknowledged_by, text)},
        snoozed_until = {of(snoozed_until, timestamptz)}, cleared_at = {of(cleared_at, timestamptz)},
        held_closed = {of(held_closed, boolean)}, returns = {of(returns, integer)}
    FROM {objects} WHERE alert.id = {of(id, bigint)}
    """
_ADD_EVENTS = """
    INSERT INTO alert_event (alert_id, at, kind, stage, urgency, actor, note, until, news, unrouted)
    SELECT {of(alert_id, bigint)}, {of(at, timestamptz)}, {of(kind, text)}, {of(stage, integer)},
           {of(urgency, integer)}, {of(actor, text)}, {of(note, text)}, {of(until, timestamptz)}, {of(news, text)},
           {of(unrouted, boolean)}
    FROM {objects} WHERE TRUE
    """


def _opened(changes: Sequence[AlertChange]) -> dict[tuple[str, int, str], int]:
    """Open alerts and return their ids by subject and kind; one that somebody else opens now is left out."""
    if not changes:
        return {}
    rows = connection.execute(
        _OPEN,
        _objects(
            {
                "kind": _notice(one).kind,
                "subject_kind": one.subject.kind,
                "subject_id": one.subject.id,
                "client_id": one.subject.client_id,
                "about": clean(_notice(one).about)[:_ABOUT_MAX],
                "opened_at": written(one.state.opened_at),
                "stage": one.state.stage,
                "urgency": int(one.state.urgency),
                **_word_columns(_notice(one)),
            }
            for one in changes
        ),
    )
    return {(subject_kind, subject_id, kind): number for number, subject_kind, subject_id, kind in rows}


def _write_states(changes: Sequence[tuple[int, AlertChange]]) -> None:
    """Write what alerts are now; of several changes of one the last counts."""
    if changes:
        connection.changed(_CHANGE, _objects({number: _row(number, one) for number, one in changes}.values()))


def _row(number: int, one: AlertChange) -> dict[str, object]:
    state = one.state
    return {
        "id": number,
        "stage": state.stage,
        "urgency": int(state.urgency),
        "acknowledged_at": _moment(state.acknowledged_at),
        "acknowledged_by": state.acknowledged_by,
        "snoozed_until": _moment(state.snoozed_until),
        "cleared_at": _moment(state.resolved_at),
        "held_closed": state.held_closed,
        "returns": state.returns,
        **(_word_columns(one.notice) if one.notice else {}),
    }


def _event(number: int, one: AlertChange) -> dict[str, object]:
    event = one.event
    return {
        "alert_id": number,
        "at": written(event.at),
        "kind": str(event.kind),
        "stage": one.state.stage,
        "urgency": int(one.state.urgency),
        "actor": event.actor,
        "note": event.note,
        "until": _moment(event.until),
        "news": one.news,
        "unrouted": one.news is not None,
    }


def _word_columns(notice: Notice) -> dict[str, object]:
    return {
        "headline": clean(notice.headline),
        "facts": json.dumps([[clean(label), clean(value)] for label, value in notice.facts]),
        "what_to_do": clean(notice.what_to_do),
        "said": json.dumps(_translatable_parts(notice)),
        "storm": clean(notice.group)[:_STORM_MAX],
    }


def _translatable_parts(notice: Notice) -> dict[str, Kept | str]:
    facts = {
        FACT.format(number): kept
        for number, (_, value) in enumerate(notice.facts)
        if (kept := dump_if_kept(value, clean))
    }
    return {"headline": dump(notice.headline, clean), "what_to_do": dump(notice.what_to_do, clean), **facts}


def _notice(one: AlertChange) -> Notice:
    if one.notice is None:
        raise TypeError("an alert is opened with its words")
    return one.notice


def _moment(at: datetime | None) -> str | None:
    return written(at) if at else None


def clean(text: str) -> str:
    """Return a text as every database keeps it in JSON: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _objects(rows: Iterable[Mapping[str, object]]) -> str:
    return json.dumps(list(rows))
