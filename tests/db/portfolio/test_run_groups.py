"""What a run came to by what its jobs are about: by suffix of a domain, by issuer of a certificate."""

from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.ledger import runs
from db.ledger.transitions import JobOutcome
from db.portfolio import clients, domains, endpoints, run_groups
from db.portfolio.clients import Client
from db.portfolio.run_groups import RunGroup
from rules.jobs import AttemptOutcome, JobState
from tests.dashboard.conftest import found
from tests.support import scans
from tests.support.ledger import claimed, end, queue

SUFFIXES = ("de", "de", "co.uk", "de", "com", "de")


@pytest.fixture
def run_id(ledger: str) -> int:
    """A run over six domains: done, done, failed, parked, to come, cancelled."""
    with connection.transaction():
        client, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        run = runs.open_("domains.check_all", then=None)
        jobs = []
        for number, suffix in enumerate(SUFFIXES):
            domain, _ = domains.add(f"bakery-{number}.{suffix}", client_id=client)
            jobs.append(queue(task="domains.check", args={"domain_id": domain}, run_id=run))
        runs.root(run, queue(task="domains.check_all", run_id=run))
    endings = [
        (JobState.DONE, AttemptOutcome.DONE),
        (JobState.DONE, AttemptOutcome.DONE),
        (JobState.DEAD, AttemptOutcome.DEAD),
        (JobState.QUEUED, AttemptOutcome.PARKED),
    ]
    for job, (state, outcome) in zip(jobs, endings, strict=False):
        end(claimed(job), JobOutcome(state, outcome, delay_s=60, waits_for="its turn" if state == "queued" else None))
    connection.changed("UPDATE job SET state = 'cancelled' WHERE id = %s", jobs[5])
    return run


def test_jobs_are_counted_by_suffix_the_largest_group_first(run_id: int) -> None:
    groups = run_groups.by_suffix(run_id, runs.require(run_id).counts)
    assert [(one.name, one.ok, one.failed, one.parked, one.open) for one in groups] == [
        ("de", 2, 0, 1, 0),
        ("co.uk", 0, 1, 0, 0),
        ("com", 0, 0, 0, 1),
    ]


def test_of_a_large_run_a_part_is_counted_with_each_state(run_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_groups, "MOST", 3)
    groups = run_groups.by_suffix(run_id, runs.require(run_id).counts)
    assert sum(one.ok for one in groups) == 1
    assert sum(one.failed for one in groups) == 1


def test_a_run_about_no_domains_has_no_groups(ledger: str) -> None:
    with connection.transaction():
        run = runs.open_("clients.bill_all", then=None)
        queue(task="tasks.write", args={"name": "a"}, run_id=run)
    assert run_groups.by_suffix(run, {"queued": 1}) == []
    assert run_groups.by_suffix(run, {}) == []


def test_scans_are_counted_by_issuer(ledger: str) -> None:
    now = datetime.now(UTC)
    with connection.transaction():
        client, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        endpoint, _ = endpoints.add("www.bakery.test", 443, client_id=client)
        for minutes, issuer in ((-60, "CN=Before"), (1, "CN=R3"), (2, "CN=R3")):
            at = now + timedelta(minutes=minutes)
            scans.save(endpoints.get(endpoint), found(issuer, at, serial=f"{minutes + 100:020x}"), at=at)
        run = runs.open_("certificates.scan_all", then=None)
        queue(task="certificates.scan_batch", args={"endpoint_ids": [endpoint]}, run_id=run)
        connection.changed("UPDATE job SET waits_for = 'its turn'")
    (group,) = run_groups.by_issuer(0, now, now + timedelta(minutes=5))
    assert (group.name, group.total, group.failed) == ("CN=R3", 2, 2)
    assert run_groups.by_issuer(run, now + timedelta(minutes=3), None) == [RunGroup("CN=R3", parked=1)]
