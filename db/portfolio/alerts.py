"""Alerts: states that staff should know of. One is open for each (kind, subject); each of its stages is told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db import connection
from db.connection import transaction
from db.portfolio import models
from rules.access import Within, sees
from rules.subjects import Subject


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is told and shown. ``stage`` counts days before an end; None where nothing ends. Times are UTC."""

    id: int
    kind: str
    subject: Subject
    client_name: str | None
    stage: int | None
    headline: str
    facts: tuple[tuple[str, str], ...]
    what_to_do: str
    opened_at: datetime
    told_at: datetime | None
    cleared_at: datetime | None

    @property
    def told(self) -> bool:
        return self.told_at is not None

    @property
    def open(self) -> bool:
        return self.cleared_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alarm in words, as the alert about it says it. ``facts`` are pairs of a label and a value."""

    kind: str
    stage: int | None = None
    headline: str
    what_to_do: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds of a subject now: ``notices`` are its alarms, ``over`` the kinds of which an open alert is closed.

    A kind in both is closed and opened anew: what was said about another end or another fault is over.
    """

    subject: Subject
    notices: tuple[Notice, ...] = ()
    over: frozenset[str] = frozenset()


def reconcile(standings: Sequence[Standing]) -> list[int]:
    """Make the open alerts of subjects of one kind what holds of them, in the caller's transaction.

    Returns the ids of the alerts that are news and have to be told.
    """
    if not standings:
        return []
    open_kinds = _open_kinds(standings[0].subject.kind, [one.subject.id for one in standings])
    news: list[int] = []
    for one in standings:
        for kind in sorted(one.over & open_kinds.get(one.subject.id, set())):
            clear(kind, one.subject)
        opened = (_open_or_advance(one.subject, notice) for notice in one.notices)
        news += [alert_id for alert_id in opened if alert_id]
    return news


def clear(kind: str, subject: Subject) -> bool:
    """Close the open alert, if there is one, in the caller's transaction."""
    with transaction():
        row = _open(kind, subject)
        if row is None:
            return False
        row.cleared_at = datetime.now(UTC)
        row.save()
        return True


def clear_all(subject: Subject) -> None:
    """Close whatever is open about a subject, in the caller's transaction."""
    models.Alert.update(cleared_at=datetime.now(UTC)).where(
        models.Alert.subject_kind == subject.kind,
        models.Alert.subject_id == subject.id,
        models.Alert.cleared_at.is_null(),
    ).execute()


def moved(subject: Subject) -> None:
    """Give what is open about a subject to the client whose it is now, in the caller's transaction."""
    models.Alert.update(client=subject.client_id).where(
        models.Alert.subject_kind == subject.kind,
        models.Alert.subject_id == subject.id,
        models.Alert.cleared_at.is_null(),
    ).execute()


def all_moved(kind: str, ids: Sequence[int]) -> None:
    """Give what is open about domains or endpoints to the clients whose these are now, in the caller's transaction."""
    owner = f"(SELECT client_id FROM {kind} WHERE {kind}.id = alert.subject_id)"  # noqa: S608 - our own words
    connection.changed(
        f"UPDATE alert SET client_id = {owner}"  # noqa: S608 - our own words
        " WHERE subject_kind = %s AND subject_id {ids} AND cleared_at IS NULL",
        kind,
        list(ids),
    )


def mark_told(alert_id: int) -> None:
    """Remember, in the caller's transaction, that the alert's mail is in the outbox."""
    models.Alert.update(told_at=datetime.now(UTC)).where(models.Alert.id == alert_id).execute()


def get(alert_id: int, *, within: Within = None) -> Alert:
    """Return an alert. Raises ``LookupError``."""
    for alert in many([alert_id]):
        if sees(within, alert.subject.client_id):
            return alert
    raise LookupError(f"no alert has the id {alert_id}")


def many(ids: Sequence[int]) -> list[Alert]:
    """Return those of the alerts that there are."""
    return [_alert(row) for row in _query().where(models.Alert.id.in_(list(ids)))]


def untold(*, limit: int = 500) -> list[int]:
    """Return the open alerts of which nobody has been told."""
    rows = connection.execute(
        "SELECT id FROM alert WHERE cleared_at IS NULL AND told_at IS NULL ORDER BY id LIMIT %s", limit
    )
    return [alert_id for (alert_id,) in rows]


def open_() -> list[Alert]:
    """Return all open alerts, the most pressing first."""
    open_rows = _query().where(models.Alert.cleared_at.is_null()).order_by(models.Alert.stage, models.Alert.id)
    return [_alert(row) for row in open_rows]


def _query():
    return models.Alert.select(models.Alert, models.Client).left_outer_join(models.Client)


def _open_kinds(subject_kind: str, ids: Sequence[int]) -> dict[int, set[str]]:
    """Return of which kinds an alert is open about each of the subjects; those without any are left out."""
    rows = connection.execute(
        "SELECT subject_id, kind FROM alert WHERE subject_kind = %s AND subject_id {ids} AND cleared_at IS NULL",
        subject_kind,
        list(ids),
    )
    found: dict[int, set[str]] = {}
    for subject_id, kind in rows:
        found.setdefault(subject_id, set()).add(kind)
    return found


def _open_or_advance(subject: Subject, notice: Notice) -> int | None:
    """Open an alert, or bring the open one to a new stage.

    Returns its id if it is news that has to be told, None if staff know already. A later stage (fewer days left) is
    news; an earlier one, or the same, is not.
    """
    with transaction():
        row = _open(notice.kind, subject)
        if row is None:
            return _insert(subject, notice)
        if notice.stage is None or (row.stage is not None and notice.stage >= row.stage):
            return None
        row.stage, row.headline, row.what_to_do = notice.stage, notice.headline, notice.what_to_do
        row.facts, row.told_at = [list(fact) for fact in notice.facts], None
        row.save()
        return row.id


def _insert(subject: Subject, notice: Notice) -> int:
    return models.Alert.create(
        kind=notice.kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        client=subject.client_id,
        stage=notice.stage,
        headline=notice.headline,
        facts=[list(fact) for fact in notice.facts],
        what_to_do=notice.what_to_do,
    ).id


def _open(kind: str, subject: Subject) -> models.Alert | None:
    return models.Alert.get_or_none(
        models.Alert.kind == kind,
        models.Alert.subject_kind == subject.kind,
        models.Alert.subject_id == subject.id,
        models.Alert.cleared_at.is_null(),
    )


def _alert(row: models.Alert) -> Alert:
    return Alert(
        id=row.id,
        kind=row.kind,
        subject=Subject(row.subject_kind, row.subject_id, row.client_id),
        client_name=row.client.name if row.client else None,
        stage=row.stage,
        headline=row.headline,
        facts=tuple((str(label), str(value)) for label, value in row.facts),
        what_to_do=row.what_to_do,
        opened_at=row.opened_at,
        told_at=row.told_at,
        cleared_at=row.cleared_at,
    )
