"""Alerts: states that staff should know of; at most one is open for each (kind, subject). Rules decide the rest.

    standings ──one read──> what is known ──rules──> changes ──few statements, however many──> alerts and their events

``db.alerting`` has who is told of the events that are news.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db import connection
from db.connection import transaction
from db.fields import stored as written
from db.portfolio import alert_changes
from db.portfolio.alert_changes import STATE, StateColumns
from rules.access import Within, sees
from rules.alerts import life, reconciliation, telling_states
from rules.alerts.alert_channels import DeliveryState
from rules.alerts.life import AlertEvent, AlertEventKind, AlertState
from rules.alerts.reconciliation import AlertChange, Notice, Standing
from rules.alerts.telling_states import TellingState
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.mail.mail_outcomes import MailState
from rules.translatable import Kept

__all__ = ("Alert", "Notice", "Standing")


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is told and shown. ``stage`` counts days before an end; None where nothing ends. Times are UTC."""

    id: int
    kind: str
    subject: Subject
    client_name: str | None
    headline: str
    facts: tuple[tuple[str, str], ...]
    what_to_do: str
    said: Mapping[str, Kept | str]
    """Headline, what to do and facts, kept so that they can be translated; empty for older alerts."""
    storm: str
    """What many alerts of its kind share, such as an issuer; empty: nothing."""
    told_at: datetime | None
    """When the last mail about it was put into the outbox."""
    state: AlertState
    telling: TellingState = TellingState.NOT_YET
    """How far the news came; of an old alert, ``told_at`` alone is known."""

    @property
    def stage(self) -> int | None:
        return self.state.stage

    @property
    def urgency(self) -> Urgency:
        return self.state.urgency

    @property
    def opened_at(self) -> datetime:
        return self.state.opened_at

    @property
    def cleared_at(self) -> datetime | None:
        return self.state.resolved_at

    @property
    def told(self) -> bool:
        return self.told_at is not None

    @property
    def open(self) -> bool:
        return self.state.open


def reconcile(standings: Sequence[Standing], *, now: datetime | None = None) -> list[int]:
    """Bring the alerts of subjects, all of one kind, in line with what holds of them now, in the caller's transaction.

    Returns the ids of the alerts with news, ascending.
    """
    if not standings:
        return []
    with transaction():
        at = now or datetime.now(UTC)
        known = alert_changes.known(standings[0].subject.kind, [one.subject.id for one in standings], now=at)
        changes = [
            change for one in standings for change in reconciliation.decide(one, known.get(one.subject.id, ()), now=at)
        ]
        return alert_changes.write(changes)


def clear(kind: str, subject: Subject) -> bool:
    """Resolve the open alert, if there is one, in the caller's transaction; returns whether there was."""
    with transaction():
        is_open = kind in _open_kinds(subject)
        reconcile([Standing(subject=subject, over=frozenset({kind}))])
        return is_open


def clear_all(subject: Subject) -> None:
    """Resolve whatever is open about a subject, in the caller's transaction."""
    with transaction():
        reconcile([Standing(subject=subject, over=_open_kinds(subject))])


def _open_kinds(subject: Subject) -> frozenset[str]:
    rows = connection.execute(
        "SELECT kind FROM alert WHERE subject_kind = %s AND subject_id = %s AND cleared_at IS NULL",
        subject.kind,
        subject.id,
    )
    return frozenset(row[0] for row in rows)


def act(
    ids: Sequence[int],
    kind: AlertEventKind,
    *,
    actor: str,
    note: str = "",
    until: datetime | None = None,
    within: Within = None,
) -> list[Alert]:
    """Write what a person did to alerts, in the caller's transaction, and return these as they were before.

    What is not there, not theirs, or not open is left out; notes are taken of closed alerts, too.
    """
    event = AlertEvent(kind=kind, at=datetime.now(UTC), actor=actor, note=alert_changes.clean(note), until=until)
    with transaction():
        found = [
            one
            for one in many(alert_changes.lock(ids))
            if sees(within, one.subject.client_id) and (one.open or kind is AlertEventKind.NOTED)
        ]
        alert_changes.write([_acted(one, event) for one in found])
    return found


def _acted(one: Alert, event: AlertEvent) -> AlertChange:
    return AlertChange(
        subject=one.subject,
        alert_id=one.id,
        event=event,
        state=life.after(one.state, event),
        news=life.news(one.state, event),
    )


@dataclass(frozen=True, slots=True)
class AlertHistoryEntry:
    """An event of an alert as it is shown. Times are UTC."""

    id: int
    at: datetime
    kind: AlertEventKind
    stage: int | None
    actor: str
    note: str
    until: datetime | None


def history(alert_id: int, *, limit: int = 200) -> list[AlertHistoryEntry]:
    """Return the newest events of an alert, in the order in which they happened."""
    newest = connection.rows(
        AlertHistoryEntry,
        "SELECT id, at, kind, stage, actor, note, until FROM alert_event WHERE alert_id = %s ORDER BY id DESC LIMIT %s",
        alert_id,
        limit,
    )
    return newest[::-1]


def adopt(alert_id: int) -> None:
    """Write, in the caller's transaction, the first event of an alert that a worker of the release before opened."""
    connection.changed(
        "INSERT INTO alert_event (alert_id, at, kind, stage, urgency, actor, note, news, unrouted)"
        " SELECT id, opened_at, 'opened', stage, urgency, '', '',"
        " CASE WHEN stage IS NULL THEN 'opened' ELSE 'stage ' || stage END, TRUE FROM alert"
        " WHERE id = %s AND cleared_at IS NULL AND told_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM alert_event WHERE alert_event.alert_id = alert.id)",
        alert_id,
    )


def moved(subject: Subject) -> None:
    """Give the open alerts about a subject to its present client, in the caller's transaction."""
    connection.changed(
        "UPDATE alert SET client_id = %s WHERE subject_kind = %s AND subject_id = %s AND cleared_at IS NULL",
        subject.client_id,
        subject.kind,
        subject.id,
    )


def all_moved(kind: str, ids: Sequence[int]) -> None:
    """Give the open alerts about domains or endpoints to their present clients, in the caller's transaction."""
    owner = f"(SELECT client_id FROM {kind} WHERE {kind}.id = alert.subject_id)"  # noqa: S608 - our own words
    connection.changed(
        f"UPDATE alert SET client_id = {owner}"  # noqa: S608 - our own words
        " WHERE subject_kind = %s AND subject_id {ids} AND cleared_at IS NULL",
        kind,
        list(ids),
    )


def mark_told(ids: Sequence[int], *, at: datetime) -> None:
    """Remember, in the caller's transaction, that a mail about these alerts is in the outbox."""
    connection.changed("UPDATE alert SET told_at = %s WHERE id {ids}", written(at), list(ids))


def get(alert_id: int, *, within: Within = None) -> Alert:
    """Return an alert. Raises ``LookupError``."""
    for alert in many([alert_id]):
        if sees(within, alert.subject.client_id):
            return alert
    raise LookupError(f"no alert has the id {alert_id}")


def many(ids: Sequence[int]) -> list[Alert]:
    """Return the alerts that exist, of these ids."""
    return _alerts("alert.id {ids}", list(ids))


def open_() -> list[Alert]:
    """Return all open alerts, the most pressing first."""
    return _alerts("alert.cleared_at IS NULL ORDER BY stage IS NULL, stage, alert.id")


@dataclass(frozen=True, slots=True)
class _Row(StateColumns):
    id: int
    kind: str
    subject_kind: str
    subject_id: int
    client_id: int | None
    client_name: str | None
    headline: str
    facts: tuple[tuple[str, str], ...]
    what_to_do: str
    said: dict[str, Kept | str] | None
    storm: str
    told_at: datetime | None


def _alerts(where: str, *params: object) -> list[Alert]:
    rows = connection.rows(
        _Row,
        f"SELECT alert.id, kind, subject_kind, subject_id, alert.client_id, client.name AS client_name,"  # noqa: S608
        f" headline, facts, what_to_do, said, storm, told_at, {STATE}"
        f" FROM alert LEFT JOIN client ON client.id = alert.client_id WHERE {where}",
        *params,
    )
    tellings = _tellings([row.id for row in rows if row.told_at is not None])
    return [
        Alert(
            id=row.id,
            kind=row.kind,
            subject=Subject(row.subject_kind, row.subject_id, row.client_id),
            client_name=row.client_name,
            headline=row.headline,
            facts=tuple((str(label), str(value)) for label, value in row.facts),
            what_to_do=row.what_to_do,
            said=row.said or {},
            storm=row.storm,
            told_at=row.told_at,
            state=row.state,
            telling=tellings.get(row.id, TellingState.NOT_YET if row.told_at is None else TellingState.LEFT),
        )
        for row in rows
    ]


def _tellings(ids: Sequence[int]) -> dict[int, TellingState]:
    """Return how far the news came, by alert, of those that were told with a mail or a delivery."""
    if not ids:
        return {}
    rows = connection.execute(
        "SELECT alert_id, mail.state, alert_delivery.state FROM alert_telling"
        " LEFT JOIN mail ON mail.id = mail_id LEFT JOIN alert_delivery ON alert_delivery.id = delivery_id"
        " WHERE alert_id {ids} AND (mail.id IS NOT NULL OR alert_delivery.id IS NOT NULL)",
        list(ids),
    )
    found: defaultdict[int, tuple[list[MailState], list[DeliveryState]]] = defaultdict(lambda: ([], []))
    for alert_id, mail, delivery in rows:
        found[alert_id][0].extend([MailState(mail)] if mail else [])
        found[alert_id][1].extend([DeliveryState(delivery)] if delivery else [])
    return {alert_id: telling_states.farthest(*states) for alert_id, states in found.items()}
