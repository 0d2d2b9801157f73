"""Tellings: what is owed to whom, and when. They follow from news, routes, people and hours alone.

    news ──routes──> steps ──people, channels──> tellings, each due when its recipient wants it
    a telling that is due ──what the alert is by then──> told, or dropped

A telling is owed once for each alert, recipient and words, so no stage is told twice, however often this is asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.alerts import life, maintenance, routing
from rules.alerts.life import AlertState
from rules.alerts.maintenance import MaintenanceWindow
from rules.alerts.routing import AlertRoute, News, Person, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What one recipient is to be told of an alert, not before ``due_at``."""

    alert_id: int
    recipient: Recipient
    words: str
    due_at: datetime

    @property
    def owed_once(self) -> tuple[int, str, str]:
        """The key that no two tellings share."""
        return self.alert_id, self.recipient.key, self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertingRules:
    """Everything that decides who is told of what, as it is configured now."""

    routes: tuple[AlertRoute, ...] = ()
    people: Mapping[int, Person] = field(default_factory=dict[int, Person])
    channels: Collection[str] = ()
    last_resort: tuple[str, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()


def owed(news: News, alerting: AlertingRules) -> list[Telling]:
    """Return the tellings that follow from one piece of news; those of several routes to one recipient are one."""
    at = maintenance.silent_until(alerting.windows, news.subject, news.host, at=news.at)
    found: dict[str, Telling] = {}
    for route in alerting.routes:
        if routing.matches(route, news):
            for one in _of_route(route, news, at, alerting):
                before = found.get(one.recipient.key)
                if before is None or one.due_at < before.due_at:
                    found[one.recipient.key] = one
    if not found:
        for recipient in routing.last_resort(alerting.last_resort, news):
            found[recipient.key] = _telling(news, recipient, at)
    return list(found.values())


def stands(telling: Telling, state: AlertState, *, now: datetime) -> bool:
    """Tell whether a telling that is due is still to be told, as the alert is now.

    A telling of an alert that is resolved or acknowledged is dropped. So is one of a snoozed alert: the end of its
    snooze is news itself.
    """
    if not state.open or state.acknowledged_at is not None or state.is_snoozed(now):
        return False
    if not telling.words.startswith(life.SNOOZE_ENDS):
        return True
    return state.snoozed_until is not None and telling.words == life.snooze_news(state.snoozed_until)


def _of_route(route: AlertRoute, news: News, at: datetime, alerting: AlertingRules) -> list[Telling]:
    """Return what a route's steps owe, one after the other. A step that reaches nobody is passed over at once."""
    found: list[Telling] = []
    begins = at
    for step in route.steps:
        told = routing.told_by(step, news, alerting.people, alerting.channels)
        if not told:
            continue
        waits = timedelta(minutes=step.after_minutes) if found else timedelta()
        step_tellings = [_telling(news, one, begins + waits, alerting.people) for one in told]
        begins = min(one.due_at for one in step_tellings)
        found += step_tellings
    return found


def _telling(news: News, recipient: Recipient, at: datetime, people: Mapping[int, Person] | None = None) -> Telling:
    person = (people or {}).get(int(recipient.name)) if recipient.kind == "person" else None
    due_at = person.preference.due_at(at, news.urgency, person.zone) if person else at
    return Telling(alert_id=news.alert_id, recipient=recipient, words=news.words, due_at=due_at)
