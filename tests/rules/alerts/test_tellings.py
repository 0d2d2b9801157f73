"""What is owed to whom, and which mails it makes: the same, in whatever batches an alert's history arrives."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.access import Role
from rules.alerts import life, mail_groups, tellings
from rules.alerts.life import AlertEvent, AlertEventKind, AlertState
from rules.alerts.mail_groups import ToldAlert
from rules.alerts.maintenance import MaintenanceWindow
from rules.alerts.routing import AlertRoute, Hours, News, Person, Preference, Recipient, RouteStep
from rules.alerts.tellings import AlertingRules, Telling
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from tests.rules.alerts.test_local_times import ZONES

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
BERLIN = ZoneInfo("Europe/Berlin")
ADA = Person(id=1, role=Role.OPERATOR, email="ada@nolapse.test")
GRACE = Person(id=2, role=Role.ADMIN, email="grace@nolapse.test")
LIMITED = Person(id=3, role=Role.OPERATOR, email="lin@nolapse.test", within=frozenset({7}))
PEOPLE = {one.id: one for one in (ADA, GRACE, LIMITED)}
ALL = AlertRoute(id=1, name="all", steps=(RouteStep(people=frozenset({1})),))
OPEN = AlertState(opened_at=NOW, stage=None, urgency=Urgency.SOON)


def news(**given) -> News:
    found = News(
        alert_id=1, words="opened", at=NOW, kind="domain_expiry", subject=Subject("domain", 5, 7), urgency=Urgency.SOON
    )
    return replace(found, **given)


def watch(*routes: AlertRoute, people: Sequence[Person] = tuple(PEOPLE.values()), **given) -> AlertingRules:
    return AlertingRules(
        routes=routes, people={one.id: one for one in people}, last_resort=("staff@nolapse.test",), **given
    )


def told(watch_: AlertingRules, **given) -> dict[str, float]:
    """Return after how many hours who is due to be told."""
    return {
        one.recipient.key: (one.due_at - NOW).total_seconds() / 3600 for one in tellings.owed(news(**given), watch_)
    }


class TestRoutes:
    def test_where_no_route_is_the_addresses_of_last_resort_are_told(self) -> None:
        assert told(watch()) == {"address:staff@nolapse.test": 0}

    def test_a_route_that_reaches_nobody_leaves_it_to_the_last_resort(self) -> None:
        nobody = replace(ALL, steps=(RouteStep(people=frozenset({99}), channels=frozenset({"4"})),))
        assert told(watch(nobody)) == {"address:staff@nolapse.test": 0}

    @pytest.mark.parametrize(
        ("route", "matches"),
        [
            (replace(ALL, clients=frozenset({7})), True),
            (replace(ALL, clients=frozenset({8})), False),
            (replace(ALL, kinds=("domain_*",)), True),
            (replace(ALL, kinds=("domain",)), False),
            (replace(ALL, kinds=("certificate_fault", "domain_expiry")), True),
            (replace(ALL, least=Urgency.SOON), True),
            (replace(ALL, least=Urgency.URGENT), False),
            (replace(ALL, hours=Hours(days=frozenset({0}))), True),
            (replace(ALL, hours=Hours(days=frozenset({1}))), False),
            (replace(ALL, hours=Hours(begin=12 * 60, end=13 * 60, zone=BERLIN)), False),
            (replace(ALL, hours=Hours(begin=13 * 60, end=14 * 60, zone=BERLIN)), True),
        ],
    )
    def test_a_route_is_for_its_clients_kinds_urgency_and_hours(self, route: AlertRoute, *, matches: bool) -> None:
        assert ("person:1" in told(watch(route))) is matches

    def test_a_night_belongs_to_the_day_on_which_it_begins(self) -> None:
        night = Hours(days=frozenset({6}), begin=22 * 60, end=6 * 60)
        assert night.hold(NOW.replace(hour=5))
        assert not night.hold(NOW.replace(hour=23))

    def test_two_routes_to_the_same_person_owe_one_telling_the_earlier(self) -> None:
        late = replace(
            ALL, steps=(RouteStep(people=frozenset({2})), RouteStep(after_minutes=60, people=frozenset({1})))
        )
        assert told(watch(late, ALL)) == {"person:2": 0, "person:1": 0}

    def test_nobody_is_told_of_a_client_that_they_may_not_see(self) -> None:
        operators = replace(ALL, steps=(RouteStep(roles=frozenset({Role.OPERATOR})),))
        assert told(watch(operators)) == {"person:1": 0, "person:3": 0}
        for client in (8, None):
            assert told(watch(operators), subject=Subject("domain", 5, client)) == {"person:1": 0}

    def test_nobody_is_told_by_mail_that_mail_to_them_fails(self) -> None:
        assert told(watch(ALL), unreachable=frozenset({"ada@nolapse.test"})) == {"address:staff@nolapse.test": 0}

    def test_a_muted_kind_is_not_told(self) -> None:
        deaf = replace(ADA, preference=Preference(muted=("domain_*",)))
        assert told(watch(ALL, people=[deaf])) == {"address:staff@nolapse.test": 0}


class TestSteps:
    ROUTE = replace(
        ALL,
        steps=(
            RouteStep(after_minutes=0, people=frozenset({1})),
            RouteStep(after_minutes=60, people=frozenset({2})),
            RouteStep(after_minutes=30, people=frozenset({3})),
        ),
    )

    def test_who_comes_next_is_told_so_long_after_who_came_before(self) -> None:
        assert told(watch(self.ROUTE)) == {"person:1": 0, "person:2": 1, "person:3": 1.5}

    def test_the_wait_begins_when_somebody_was_told_and_not_while_they_sleep(self) -> None:
        asleep = replace(ADA, preference=Preference(quiet=(11 * 60, 15 * 60)))
        assert told(watch(self.ROUTE, people=[asleep, GRACE])) == {"person:1": 3, "person:2": 4}

    def test_a_step_that_reaches_nobody_is_passed_over_at_once(self) -> None:
        assert told(watch(self.ROUTE, people=[GRACE, LIMITED])) == {"person:2": 0, "person:3": 0.5}

    @pytest.mark.parametrize(
        "state",
        [
            replace(OPEN, acknowledged_at=NOW),
            replace(OPEN, resolved_at=NOW),
            replace(OPEN, snoozed_until=NOW + timedelta(1)),
        ],
    )
    def test_what_somebody_sees_to_or_is_gone_or_snoozed_is_not_told(self, state: AlertState) -> None:
        (telling,) = tellings.owed(news(), watch(ALL))
        assert tellings.stands(telling, OPEN, now=NOW)
        assert not tellings.stands(telling, state, now=NOW)

    def test_the_end_of_a_snooze_is_told_unless_it_was_put_off_again(self) -> None:
        until = NOW + timedelta(days=1)
        (telling,) = tellings.owed(news(words=life.snooze_news(until), at=until), watch(ALL))
        assert tellings.stands(telling, replace(OPEN, snoozed_until=until), now=until)
        later = replace(OPEN, snoozed_until=until + timedelta(days=1))
        assert not tellings.stands(telling, later, now=until)
        assert not tellings.stands(telling, later, now=until + timedelta(days=2))


class TestHours:
    def test_a_digest_comes_in_the_morning_of_the_persons_zone_and_what_is_critical_at_once(self) -> None:
        early = replace(ADA, zone=BERLIN, preference=Preference(digest_at=7 * 60))
        assert told(watch(ALL, people=[early])) == {"person:1": 18}
        assert told(watch(ALL, people=[early]), urgency=Urgency.CRITICAL) == {"person:1": 0}

    def test_quiet_hours_put_it_off_to_their_end(self) -> None:
        asleep = replace(ADA, preference=Preference(quiet=(22 * 60, 7 * 60), at_once_from=Urgency.URGENT))
        night = NOW.replace(hour=23)
        (one,) = tellings.owed(news(at=night), watch(ALL, people=[asleep]))
        assert one.due_at == night + timedelta(hours=8)
        (one,) = tellings.owed(news(at=night, urgency=Urgency.URGENT), watch(ALL, people=[asleep]))
        assert one.due_at == night

    @pytest.mark.parametrize(
        ("window", "subject", "host", "hours"),
        [
            (Subject("client", 7), Subject("endpoint", 4, 7), "www.bakery.test", 2),
            (Subject("client", 8), Subject("endpoint", 4, 7), "www.bakery.test", 0),
            (Subject("domain", 5, 7), Subject("domain", 5, 7), "bakery.test", 2),
            (Subject("domain", 5, 7), Subject("endpoint", 4, 7), "www.bakery.test", 2),
            (Subject("domain", 5, 7), Subject("endpoint", 4, 8), "www.bakery.test", 0),
            (Subject("domain", 5, 7), Subject("endpoint", 4, 7), "notbakery.test", 0),
            (Subject("endpoint", 4, 7), Subject("endpoint", 4, 7), "www.bakery.test", 2),
            (Subject("endpoint", 4, 7), Subject("domain", 5, 7), "bakery.test", 0),
        ],
    )
    def test_maintenance_puts_it_off_for_what_it_is_about(
        self, window: Subject, subject: Subject, host: str, hours: int
    ) -> None:
        found = MaintenanceWindow(
            id=1,
            subject=window,
            host="bakery.test" if window.kind == "domain" else "",
            begins_at=NOW - timedelta(hours=1),
            ends_at=NOW + timedelta(hours=2),
        )
        assert told(watch(ALL, windows=(found,)), subject=subject, host=host) == {"person:1": hours}

    def test_windows_that_follow_upon_one_another_are_one(self) -> None:
        client = Subject("client", 7)
        windows = tuple(
            MaintenanceWindow(id=number, subject=client, host="", begins_at=NOW + begin, ends_at=NOW + end)
            for number, (begin, end) in enumerate(
                [
                    (timedelta(hours=1), timedelta(hours=4)),
                    (timedelta(hours=-1), timedelta(hours=2)),
                ]
            )
        )
        assert told(watch(ALL, windows=windows)) == {"person:1": 4}


STARTS = (
    NOW,
    *(datetime(2026, *day, tzinfo=UTC) for day in ((3, 6, 20), (3, 27, 20), (4, 3, 8), (9, 4, 20), (10, 23, 20))),
)
"""A calm day, and evenings from which a history reaches over a change of the clocks in some of ``ZONES``."""

steps = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))
doings = st.sampled_from(["stage", "acknowledge", "snooze", "resolve"])


@st.composite
def histories(draw) -> list[AlertEvent]:
    """An alert's life as it may happen: stages fall, what was resolved comes back."""
    at, stage = draw(st.sampled_from(STARTS)) + draw(steps), 60
    events = [AlertEvent(kind=AlertEventKind.OPENED, at=at, stage=stage)]
    is_open = True
    for doing in draw(st.lists(doings, max_size=8)):
        at += draw(steps)
        kind, until = AlertEventKind.REOPENED, None
        if is_open:
            kind = {
                "stage": AlertEventKind.STAGED,
                "acknowledge": AlertEventKind.ACKNOWLEDGED,
                "snooze": AlertEventKind.SNOOZED,
                "resolve": AlertEventKind.RESOLVED,
            }[doing]
        if kind is AlertEventKind.STAGED:
            stage //= 2
        if kind is AlertEventKind.SNOOZED:
            until = at + draw(steps)
        is_open = kind is not AlertEventKind.RESOLVED
        events.append(AlertEvent(kind=kind, at=at, stage=stage, until=until, actor="ada"))
    return events


PREFERENCES = (
    Preference(),
    Preference(digest_at=450),
    Preference(quiet=(22 * 60, 6 * 60)),
)
watches = st.builds(
    lambda preferences, zones, wait: watch(
        AlertRoute(
            id=1,
            name="all",
            steps=(
                RouteStep(after_minutes=0, people=frozenset({1})),
                RouteStep(after_minutes=wait, people=frozenset({2})),
            ),
        ),
        people=[
            replace(one, preference=preference, zone=ZoneInfo(zone))
            for one, preference, zone in zip((ADA, GRACE), preferences, zones, strict=True)
        ],
    ),
    st.tuples(st.sampled_from(PREFERENCES), st.sampled_from(PREFERENCES)),
    st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    st.integers(5, 300),
)


def owed_by(alert_id: int, events: Sequence[AlertEvent], watch_: AlertingRules) -> Iterator[Telling]:
    """Return what an alert's history owes, in the order of its events."""
    state = None
    for event in events:
        words = life.news(state, event)
        state = life.after(state, event)
        if words:
            yield from tellings.owed(
                news(alert_id=alert_id, words=words, at=told_at(event), urgency=event.urgency), watch_
            )


def told_at(event: AlertEvent) -> datetime:
    """Return when an event becomes news: at once, but for a snooze, which is news when it ends."""
    return event.until if event.kind is AlertEventKind.SNOOZED and event.until else event.at


def mails(owed: Iterable[Telling]) -> list[tuple[datetime, str, tuple[Telling, ...]]]:
    """Return the mails that all these tellings make, in whatever order they are given: when, to whom, what is in it."""
    of_recipient: defaultdict[str, dict[tuple[int, str, str], Telling]] = defaultdict(dict)
    for one in sorted(owed, key=lambda one: (one.due_at, one.owed_once)):
        of_recipient[one.recipient.key].setdefault(one.owed_once, one)
    made: list[tuple[datetime, str, tuple[Telling, ...]]] = []
    for recipient, once in of_recipient.items():
        waiting, last = list(once.values()), None
        while waiting:
            at = first_mail_at(waiting, last)
            told_ = tuple(one for one in waiting if one.due_at <= at)
            made.append((at, recipient, told_))
            waiting, last = waiting[len(told_) :], at
    return sorted(made, key=lambda mail: mail[:2])


def first_mail_at(waiting: Sequence[Telling], last_mail_at: datetime | None) -> datetime:
    """Return when the first mail of those who wait is made: once no more comes in time to be in it."""
    first = waiting[0].due_at
    at = mail_groups.next_mail_at(first, first, last_mail_at=last_mail_at)
    for one in waiting[1:]:
        if one.due_at > at:
            break
        at = mail_groups.next_mail_at(first, one.due_at, last_mail_at=last_mail_at)
    return at


@given(st.lists(histories(), min_size=1, max_size=6), watches, st.randoms(use_true_random=False))
def test_histories_in_any_batch_order_make_the_same_mails_and_tell_no_stage_twice(lives, watch_: AlertingRules, random):
    owed = [one for number, events in enumerate(lives) for one in owed_by(number, events, watch_)]
    shuffled = [*owed, *random.sample(owed, len(owed) // 2)]  # some batches come twice
    random.shuffle(shuffled)
    made = mails(shuffled)
    assert made == mails(owed)

    said = [one.owed_once for _, _, told_ in made for one in told_]
    assert len(said) == len(set(said))
    assert set(said) == {one.owed_once for one in owed}, "none is forgotten"


@given(st.lists(histories(), min_size=1, max_size=6), watches)
def test_nobody_gets_two_mails_within_five_minutes_and_nothing_before_it_is_due(lives, watch_: AlertingRules):
    made = mails(one for number, events in enumerate(lives) for one in owed_by(number, events, watch_))
    for person in ("person:1", "person:2"):
        at = [moment for moment, recipient, _ in made if recipient == person]
        assert all(later - sooner >= mail_groups.BETWEEN_MAILS for sooner, later in pairwise(at))
    assert all(one.due_at <= at for at, _, told_ in made for one in told_)


@given(histories())
def test_a_history_cut_anywhere_and_taken_up_again_is_the_same_alert(events):
    def lived(some: Sequence[AlertEvent], state: AlertState | None = None) -> AlertState | None:
        for event in some:
            state = life.after(state, event)
        return state

    assert all(lived(events[cut:], lived(events[:cut])) == lived(events) for cut in range(len(events)))


def test_ten_thousand_that_fail_at_once_are_one_mail_and_what_follows_is_the_next():
    storm = [
        Telling(alert_id=number, recipient=Recipient("person", "1"), words="opened", due_at=NOW)
        for number in range(10_000)
    ]
    late = replace(storm[0], alert_id=10_001, due_at=NOW + timedelta(seconds=50))
    first, second = mails([*storm, late])
    assert (len(first[2]), len(second[2])) == (10_000, 1)
    assert second[0] - first[0] == mail_groups.BETWEEN_MAILS


class TestStorms:
    @staticmethod
    def alert(number: int, *, group: str = "R11", urgency: Urgency = Urgency.SOON) -> ToldAlert:
        return ToldAlert(id=number, kind="certificate_fault", group=group, urgency=urgency, stage=None)

    def test_many_of_one_cause_are_one_line_and_few_stand_alone(self) -> None:
        many = [self.alert(number) for number in range(142)]
        few = [self.alert(number, group="E5") for number in (200, 201)]
        lines = mail_groups.storms([*few, *many])
        assert [(one.group, len(one.alert_ids)) for one in lines] == [("R11", 142), ("E5", 1), ("E5", 1)]

    def test_the_gravest_comes_first_and_no_alert_is_left_out(self) -> None:
        alerts = [self.alert(1), self.alert(2, group="", urgency=Urgency.CRITICAL), *map(self.alert, range(3, 9))]
        lines = mail_groups.storms(alerts)
        assert lines[0].alert_ids == (2,)
        assert sorted(one for line in lines for one in line.alert_ids) == list(range(1, 9))


@pytest.mark.parametrize("key", ["person:5", "channel:7", "address:a:b@nolapse.test"])
def test_a_recipient_is_read_as_it_was_written(key: str):
    assert Recipient.parse(key).key == key
