"""A clock that was ahead for a while: nothing waits for as long as it was ahead."""

from datetime import UTC, datetime, timedelta

import pytest

from db import clock_steps, connection
from db.fields import stored
from db.ledger import leases, schedules
from db.ledger.transitions import JobOutcome
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.jobs import AttemptOutcome, JobState
from schedules import clock
from schedules.cron import Cron
from schedules.table import CatchUp, ScheduleLine
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

DAYS_AHEAD = 3 * 86400
CLAIM_S = 20.0
HOURLY = ScheduleLine("hourly", "domains.check_all", Cron("0 * * * *", "UTC"), CatchUp.ONCE, expected_s=1)


def ahead(table: str, columns: str, where: str) -> None:
    """Move a row's times to where they would be, had the clock been days ahead when it was written."""
    for column in columns.split():
        with connection.transaction():
            connection.execute(f"UPDATE {table} SET {column} = {column} WHERE {where}")
            was = connection.execute(f"SELECT {column} FROM {table} WHERE {where}")[0][0]
            at = (schedules.sure(was) if isinstance(was, str | datetime) else was) + timedelta(seconds=DAYS_AHEAD)
            connection.changed(f"UPDATE {table} SET {column} = %s WHERE {where}", stored(at))


def mend() -> clock_steps.Mended:
    return clock_steps.mend(claim_s=CLAIM_S)


def test_nothing_is_changed_while_the_clock_is_right() -> None:
    schedules.enter("hourly")
    waiting = do.queue(delay_s=86400)
    do.running()
    before = do.columns(waiting, "run_at, announce_at")
    assert not mend()
    assert do.columns(waiting, "run_at, announce_at") == before


def test_a_schedule_that_was_decided_ahead_fires_again_and_says_so() -> None:
    schedules.enter("hourly")
    ahead("schedule", "decided_until", "name = 'hourly'")
    later = schedules.now() + timedelta(hours=1)
    schedules.decide("hourly", later, "fired", None)
    assert clock.tick([HOURLY]) == 0
    assert mend() == clock_steps.Mended(schedules=1, jobs=0, checks=0)
    (told,) = schedules.firings("hourly")
    assert (told.outcome, told.reason) == (
        "skipped",
        "the clock was ahead: what it had decided of later moments was taken back",
    )
    decided_until = schedules.overrides()["hourly"].decided_until
    assert abs(decided_until - datetime.now(UTC)) < timedelta(minutes=5)
    assert schedules.decide("hourly", later, "fired", None), "its moment can be decided when it comes"


def test_a_job_that_failed_ahead_waits_as_long_as_it_was_to_wait() -> None:
    claim = do.claimed(do.queue())
    do.end(claim, JobOutcome(JobState.QUEUED, AttemptOutcome.FAILED, "refused", delay_s=120, failures=1))
    ahead("job", "created_at run_at announce_at", f"id = {claim.job_id}")
    ahead("attempt", "ended_at", f"job_id = {claim.job_id}")
    assert mend().jobs == 1
    assert 60 < do.seconds_until(claim.job_id, "run_at") <= 121
    assert 60 < do.seconds_until(claim.job_id, "announce_at") <= 121


def test_a_job_that_is_meant_for_tomorrow_stays_so() -> None:
    job_id = do.queue(delay_s=86400)
    ahead("job", "created_at run_at announce_at", f"id = {job_id}")
    assert mend().jobs == 1
    assert 80_000 < do.seconds_until(job_id, "run_at") <= 86_401


def test_an_announcement_and_a_claim_bind_no_longer_than_they_can() -> None:
    announced, claim = do.queue(), do.running()
    ahead("job", "announce_at", f"id = {announced}")
    ahead("job", "claim_expires_at", f"id = {claim.job_id}")
    assert mend().jobs == 2
    assert do.seconds_until(announced, "announce_at") <= 0
    assert do.seconds_until(claim.job_id, "claim_expires_at") <= CLAIM_S


def test_a_domain_that_was_looked_at_ahead_is_looked_at_when_it_was_planned() -> None:
    client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    domain_id, _ = domains.add("bakery.test", client_id=client_id)
    with connection.transaction():
        connection.changed(
            "INSERT INTO domain_state (domain_id, answer, source, server, nameservers, statuses, said, failures,"
            " checked_at, next_look_at) VALUES (%s, 'registered', 'rdap', 'x', '[]', '[]', '{}', 0,"
            " {later(%s)}, {later(%s)})",
            domain_id,
            DAYS_AHEAD,
            DAYS_AHEAD + 3600,
        )
    assert mend().checks == 1
    (left_s,) = connection.execute("SELECT {seconds({now}, next_look_at)} FROM domain_state")[0]
    assert 3000 < float(left_s) <= 3601
    assert not mend()


def test_a_lease_from_ahead_keeps_nobody_from_leading() -> None:
    assert leases.take("scheduler", "gone", for_s=3)
    assert not leases.is_ahead("scheduler", for_s=3)
    ahead("lease", "expires_at", "name = 'scheduler'")
    assert leases.is_ahead("scheduler", for_s=3)
    assert leases.take("scheduler", "standby", for_s=3)
    assert not leases.is_ahead("scheduler", for_s=3)
