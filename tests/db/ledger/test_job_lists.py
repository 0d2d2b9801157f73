"""Jobs as a list: each combination of filters finds what it says, page by page, however it is read."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from db import connection, listing
from db.ledger import job_lists, job_paths, jobs
from db.ledger import models as tables
from db.portfolio.models import Client
from rules.jobs import JobState

pytestmark = pytest.mark.usefixtures("ledger")

NOW = datetime.now(UTC).replace(microsecond=0)
TASKS = {"domains.check": "lookup", "mail.send": "mail", "invoices.bill": "billing"}
ERRORS = {
    JobState.DEAD: "TimeoutError: RDAP_example did not answer",
    JobState.FAILED: "Rejected: 50% off",
    JobState.QUEUED: "TimeoutError",
}


@pytest.fixture
def many(ledger: str) -> list[tables.Job]:
    """Jobs of each task, state, run and client in turn, the newest made last."""
    with connection.transaction():
        for name in ("Bakery", "Mill"):
            Client.create(name=name, email="a@b.test")
        runs = [tables.Run.create(task="domains.check_all").id for _ in range(2)]
        for number in range(126):
            task, state = list(TASKS)[number % 3], list(JobState)[number % 7]
            tables.Job.create(
                task=task, queue=TASKS[task], state=state, priority=1, args=json.dumps({"domain_id": number % 10}),
                run=(*runs, None)[number % 5 % 3], client_id=(1, 2, None)[number % 4 % 3], error=ERRORS.get(state),
                run_at=NOW, announce_at=NOW, created_at=NOW - timedelta(minutes=126 - number),
            )  # fmt: skip
    return list(tables.Job.select().order_by(tables.Job.id))


def holds(job: tables.Job, asked: dict[str, Any]) -> bool:
    tests = {
        "state": lambda value: job.state == value,
        "task": lambda value: job.task == value,
        "run": lambda value: job.run_id == value,  # pyright: ignore[reportAttributeAccessIssue]
        "queue": lambda value: job.queue == value,
        "client": lambda value: job.client_id == value,
        "since": lambda value: job.created_at >= value,
        "until": lambda value: job.created_at < value,
        "error": lambda value: value.lower() in (job.error or "").lower(),
        "argument": lambda value: value in job.args.replace('"', "").replace(": ", "="),
        "within": lambda value: job.client_id in value,
    }
    return all(tests[name](value) for name, value in asked.items())


ASKED: list[dict[str, Any]] = [
    {},
    {"task": "mail.send"},
    {"queue": "billing"},
    {"queue": "billing", "task": "mail.send"},
    {"run": 1},
    {"run": 2, "task": "domains.check"},
    {"client": 2},
    {"within": frozenset({1, 2})},
    {"within": frozenset({1}), "client": 2},
    {"error": "rdap_EXAMPLE did"},
    {"error": "rdapXexample"},
    {"error": "50%"},
    {"error": "0"},
    {"error": "timeout", "argument": "domain_id=3"},
    {"argument": "domain_id=4}", "queue": "lookup"},
    {"argument": "domain_id=4}", "run": 1, "within": frozenset({2})},
    {"since": NOW - timedelta(minutes=40)},
    {"since": NOW - timedelta(minutes=100), "until": NOW - timedelta(minutes=60), "task": "mail.send"},
]


@pytest.mark.parametrize("few", [5000, 0], ids=["sorted", "along the indexes"])
def test_each_combination_of_filters_finds_what_it_says(
    many: list[tables.Job], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(listing, "_FEW", few)
    monkeypatch.setattr(job_paths, "_FEW", few)
    for asked, state in product(ASKED, (None, JobState.DEAD, JobState.QUEUED, JobState.DONE)):
        given = {**asked, **({"state": state} if state else {})}
        meant = [one.id for one in many if holds(one, given)]
        assert job_lists.LIST.ids(1000, **given) == meant, given
        assert job_lists.LIST.count(most=1000, **given).number == len(meant), given
        found, after = list[int](), None
        while True:
            page = job_lists.LIST.page("-id", size=7, after=after, **given)
            found += [one.id for one in page.rows]
            if (after := page.after) is None:
                break
        assert found == meant[::-1], given


def test_of_what_did_not_end_badly_the_newest_are_looked_through_for_a_text(
    many: list[tables.Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_paths, "LOOKED_THROUGH", 21)
    found = job_lists.LIST.page("-id", argument="domain_id", size=200).rows
    newest = {one.id for one in many[-21:]}
    bad = {one.id for one in many if one.state in job_paths.NEED_A_PERSON}
    assert {one.id for one in found} == newest | bad


def test_the_newest_of_a_task_a_state_or_a_run_are_read_without_a_list(many: list[tables.Job]) -> None:
    asks: list[dict[str, Any]] = [{}, {"state": JobState.DONE}, {"state": JobState.DEAD}, {"task": "mail.send"}]
    asks.append({"task": "no.such"})
    for asked in asks:
        meant = [one.id for one in many if holds(one, asked)][::-1][:5]
        assert [one.id for one in jobs.newest(limit=5, **asked)] == meant, asked
    meant = [one.id for one in many if holds(one, {"run": 1, "task": "mail.send", "state": JobState.DEAD})][::-1]
    assert [one.id for one in jobs.newest(run_id=1, task="mail.send", state=JobState.DEAD)] == meant


def test_when_jobs_were_made_leads_to_their_ids(many: list[tables.Job]) -> None:
    for number in (0, 1, 57, 125):
        assert job_paths.first_made(many[number].created_at) == many[number].id
    assert job_paths.first_made(NOW - timedelta(days=1)) == 1
