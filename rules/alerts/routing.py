"""Routes: which alerts go to whom, and to whom next where nobody acknowledges them in time.

Every route that matches tells; where none reaches anybody, the addresses of last resort are told. Nobody is told of a
client that they may not see.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rules.access import Role, Within, sees
from rules.alerts import local_times
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject

MOST_STEPS: Final = 5
MOST_NAMES: Final = 200
"""How many clients, kinds, people, roles and channels each a route may name."""

LONGEST_WAIT_MINUTES: Final = 7 * 24 * 60
ALL_DAYS: Final = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Days of the week (0 is Monday) and a stretch of the day, by a zone's clocks; equal ends are the whole day."""

    days: frozenset[int] = ALL_DAYS
    begin: int = 0
    end: int = 0
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def hold(self, at: datetime) -> bool:
        """Tell whether a moment lies in them. A night belongs to the day on which it begins."""
        minute, day = local_times.minute_of_day(at, self.zone), local_times.weekday(at, self.zone)
        if self.begin > self.end and minute < self.end:
            day = (day - 1) % 7
        return day in self.days and local_times.is_between(minute, self.begin, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep:
    """Whom a route tells, ``after_minutes`` after the step before it, where nobody has acknowledged the alert."""

    after_minutes: int = 0
    people: frozenset[int] = frozenset()
    roles: frozenset[Role] = frozenset()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRoute:
    """A route.

    One that names no clients is for all clients, one that names no kinds for all kinds; a kind may end in ``*``.
    """

    id: int
    name: str
    clients: frozenset[int] = frozenset()
    kinds: tuple[str, ...] = ()
    least: Urgency = Urgency.NOTE
    hours: Hours = field(default_factory=Hours)
    steps: tuple[RouteStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How a person wants to be told. News of at least ``at_once_from`` waits for neither the digest nor quiet hours.

    With ``digest_at`` all else comes in one digest a day, at that time; else at once, but not in the quiet hours.
    """

    digest_at: int | None = None
    quiet: tuple[int, int] | None = None
    at_once_from: Urgency = Urgency.CRITICAL
    muted: tuple[str, ...] = ()
    """Kinds of which the person does not want to be told; one may end in ``*``."""

    def due_at(self, at: datetime, urgency: Urgency, zone: ZoneInfo) -> datetime:
        """Return when news from the moment ``at`` is to be told, never before it."""
        if urgency >= self.at_once_from:
            return at
        if self.digest_at is not None:
            return local_times.next_at(self.digest_at, zone, at=at)
        quiet_until = local_times.quiet_until(*self.quiet, zone, at=at) if self.quiet else None
        return quiet_until or at


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of staff who can be told by mail."""

    id: int
    role: Role
    email: str
    language: str = "en"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    within: Within = None
    preference: Preference = field(default_factory=Preference)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a telling goes: a ``person`` by id, a ``channel`` by name, or a mail ``address`` of last resort."""

    kind: str
    name: str

    @property
    def key(self) -> str:
        """Its form as it is stored."""
        return f"{self.kind}:{self.name}"

    @classmethod
    def parse(cls, key: str) -> "Recipient":
        """Return the recipient that ``key`` stands for."""
        kind, _, name = key.partition(":")
        return cls(kind, name)


def of_person(person_id: int) -> Recipient:
    """Return a person as a recipient."""
    return Recipient("person", str(person_id))


def of_channel(name: str) -> Recipient:
    """Return a channel as a recipient."""
    return Recipient("channel", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is to be told of an alert: its words (told once to each), its moment, and what routes ask about it.

    ``unreachable`` are addresses that cannot be told of it, because the alert is about mail to them.
    """

    alert_id: int
    words: str
    at: datetime
    kind: str
    subject: Subject
    urgency: Urgency
    host: str = ""
    """The name of a domain, or an endpoint's host; empty for others."""
    unreachable: frozenset[str] = frozenset()


def matches(route: AlertRoute, news: News) -> bool:
    """Tell whether a route is for this news."""
    return (
        (not route.clients or news.subject.client_id in route.clients)
        and (not route.kinds or is_named(news.kind, route.kinds))
        and news.urgency >= route.least
        and route.hours.hold(news.at)
    )


def is_named(kind: str, patterns: Iterable[str]) -> bool:
    """Tell whether a kind matches one of the patterns: a kind, or the beginning of kinds, ended by ``*``."""
    return any(kind.startswith(one[:-1]) if one.endswith("*") else kind == one for one in patterns)


def told_by(step: RouteStep, news: News, people: Mapping[int, Person], channels: Collection[str]) -> list[Recipient]:
    """Return whom a step tells of this news, in a fixed order, as far as they may know of it."""
    chosen = [one for one in people.values() if one.id in step.people or one.role in step.roles]
    persons = [of_person(one.id) for one in sorted(chosen, key=lambda one: one.id) if may_be_told(one, news)]
    return [*persons, *(of_channel(one) for one in sorted(step.channels) if one in channels)]


def may_be_told(person: Person, news: News) -> bool:
    """Tell whether a person may know of this news, wants to, and can be reached."""
    return (
        sees(person.within, news.subject.client_id)
        and person.email.casefold() not in news.unreachable
        and not is_named(news.kind, person.preference.muted)
    )


def last_resort(addresses: Sequence[str], news: News) -> list[Recipient]:
    """Return the addresses that are told where no route reaches anybody."""
    return [Recipient("address", one) for one in addresses if one.casefold() not in news.unreachable]
