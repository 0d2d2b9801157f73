"""Lists page by page: each row once, in order, whatever comes meanwhile; and their counts that stop counting."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db import connection, paging
from db.alerting import models as alerting
from db.ledger import job_lists, runs, schedules
from db.ledger import models as ledger
from db.mail import outbox
from db.mail import outbox as mails_
from db.mail.outbox import Mail
from db.paging import BadCursor, Page
from db.portfolio import alert_lists, clients, domain_lists, domains
from db.portfolio.clients import Client
from rules.jobs import JobState
from tests.support.ledger import queue

pytestmark = pytest.mark.usefixtures("ledger")
NOW = datetime.now(UTC)


def walk(read: Callable[..., Page[Any]], **options: Any) -> list[Any]:
    """Read a list to its end, three rows at a time."""
    page = read(size=3, **options)
    rows = list(page.rows)
    while page.after:
        page = read(size=3, after=page.after, **options)
        assert page.rows, "a cursor leads to at least one row"
        rows += page.rows
    return rows


def test_names_are_found_by_their_beginning_and_wild_cards_are_letters() -> None:
    with connection.transaction():
        client, _ = clients.add(Client(name="50% off_", email="a@b.test"))
        for name in ("aa.test", "ab.test", "abc.test", "b.test", "a%.test", "a_c.test"):
            domains.add(name, client_id=client)
    assert [one.name for one in walk(domain_lists.LIST.page, sort="name", beginning="ab")] == ["ab.test", "abc.test"]
    assert [one.name for one in walk(domain_lists.LIST.page, sort="name", beginning="a%")] == ["a%.test"]
    assert [one.name for one in walk(domain_lists.LIST.page, sort="name", beginning="a_")] == ["a_c.test"]
    assert [one.name for one in walk(clients.LIST.page, sort="name", containing="50% OFF_")] == ["50% off_"]
    assert walk(clients.LIST.page, sort="name", containing="5_%") == []


def test_jobs_that_come_while_somebody_reads_shift_nothing() -> None:
    for _ in range(7):
        queue(task="tasks.write")
    first = job_lists.LIST.page("-id", size=3)
    queue(task="tasks.write")
    second = job_lists.LIST.page("-id", size=3, after=first.after)
    assert [one.id for one in first.rows + second.rows] == [7, 6, 5, 4, 3, 2]
    for wanted in ({"state": JobState.QUEUED}, {"task": "tasks.write"}, {"queue": "default"}):
        assert [one.id for one in walk(job_lists.LIST.page, sort="-id", **wanted)] == list(range(8, 0, -1))
    assert [one.id for one in walk(job_lists.queued_page, queue="default")] == list(range(1, 9))


def test_alerts_come_by_what_is_left_and_faults_after() -> None:
    with connection.transaction():
        for number, stage in enumerate((60, 0, None, 7, None, 0, 30, None), start=1):
            alerting.Alert.create(kind="k", subject_kind="domain", subject_id=number, stage=stage, headline="")
    found = walk(alert_lists.LIST.page, sort="stage", kind="k", open=True)
    assert [one.stage for one in found] == [0, 0, 7, 30, 60, None, None, None]
    assert alert_lists.kinds() == [("k", paging.Count(8))]


def test_the_other_lists_come_once_each() -> None:
    with connection.transaction():
        for number in range(7):
            mails_.add(Mail(dedupe_key=str(number), recipient="a@b.test", subject="", text="", html=""), host="h")
            clients.add(Client(name=f"Client {number}", email=""))
            ledger.Firing.create(schedule="domains", due_at=NOW + timedelta(minutes=number), outcome="fired")
            ledger.Run.create(task="domains.check_all", root_id=1, finished_at=NOW, counts={"done": 1})
    assert [one.id for one in walk(outbox.LIST.page, sort="-id", to="a@b.test")] == list(range(7, 0, -1))
    assert [one.name for one in walk(clients.LIST.page, sort="name")] == [f"Client {number}" for number in range(7)]
    assert len(walk(schedules.firings_page, name="domains")) == 7
    assert [one.id for one in walk(runs.LIST.page, sort="-id")] == list(range(7, 0, -1))
    assert [one.id for one in walk(runs.LIST.page, sort="-id", task="domains.check_all")] == list(range(7, 0, -1))


def test_counting_stops_and_says_so() -> None:
    with connection.transaction():
        for number in range(5):
            clients.add(Client(name=f"Client {number}", email=""))
    assert paging.count("client", most=4) == paging.Count(4, more=True)
    assert paging.count("client", most=5) == paging.Count(5)
    assert not paging.count("domain")


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "bnVsbA", "WyJ4Il0", "WzFlOTk5XQ", "W251bGxd", "A" * 601])
def test_a_cursor_that_none_of_our_pages_made_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        paging.decode(cursor, datetime, int)


def test_a_cursor_holds_moments_texts_and_numbers() -> None:
    key = (NOW, "name-\N{SNOWMAN}", 17)
    assert paging.decode(paging.encode(key), datetime, str, int) == (paging.stored(NOW), "name-\N{SNOWMAN}", 17)
