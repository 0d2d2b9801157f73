"""Leases: who leads the schedulers, which Redis was last seen, and for how long an announcement counts."""

import pytest

from db import connection
from db.ledger import dispatch, jobs, leases, transitions
from db.ledger.transitions import JobOutcome
from rules.jobs import AttemptOutcome, JobState, Priority
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

NORMAL = Priority.NORMAL


def let_run_out(name: str) -> None:
    with connection.transaction():
        connection.changed("UPDATE lease SET expires_at = {later(-1)} WHERE name = %s", name)


class TestLeader:
    def test_one_leads_until_its_lease_runs_out(self) -> None:
        assert leases.take("scheduler", "first", for_s=60)
        assert not leases.take("scheduler", "second", for_s=60)
        let_run_out("scheduler")
        assert leases.take("scheduler", "second", for_s=60)
        assert not leases.take("scheduler", "first", for_s=60)

    def test_who_leads_renews(self) -> None:
        assert leases.take("scheduler", "first", for_s=1)
        assert leases.take("scheduler", "first", for_s=600)
        assert leases.remembered("scheduler") == "first"

    def test_who_gives_up_lets_a_standby_take_over_at_once(self) -> None:
        leases.take("scheduler", "first", for_s=60)
        leases.give_up("scheduler", "first")
        assert leases.take("scheduler", "second", for_s=60)

    def test_nobody_gives_up_what_another_holds(self) -> None:
        leases.take("scheduler", "first", for_s=60)
        leases.give_up("scheduler", "second")
        assert not leases.take("scheduler", "second", for_s=60)

    def test_of_many_that_ask_at_once_one_leads(self) -> None:
        for number in range(5):
            held = do.at_once(5, lambda place, name=f"lease-{number}": leases.take(name, f"holder-{place}", for_s=60))
            assert held.count(True) == 1

    def test_a_lease_that_ran_out_goes_to_one_of_many(self) -> None:
        leases.take("scheduler", "gone", for_s=60)
        let_run_out("scheduler")
        assert do.at_once(5, lambda place: leases.take("scheduler", f"{place}", for_s=60)).count(True) == 1


class TestRemember:
    def test_a_word_is_kept_for_all_processes_until_it_is_replaced(self) -> None:
        assert leases.remembered("redis-epoch") is None
        leases.remember("redis-epoch", "a")
        leases.remember("redis-epoch", "b")
        assert leases.remembered("redis-epoch") == "b"
        assert do.at_once(1, lambda _: leases.remembered("redis-epoch")) == ["b"]


class TestAnnouncements:
    def take(self, *, limit: int = 100, lease_s: float = 3.0) -> list[int]:
        return [one.job_id for one in dispatch.take_due(do.QUEUE, NORMAL, limit=limit, lease_s=lease_s)]

    def test_what_is_due_is_announced_once_until_its_lease_runs_out(self) -> None:
        job_id = do.queue()
        assert self.take() == [job_id]
        assert self.take() == []
        do.move(job_id, "announce_at", -1)
        assert self.take() == [job_id]

    def test_an_announcement_says_what_redis_may_know(self) -> None:
        job_id = do.queue(args={"secret": "hunter2"})
        connection.changed("UPDATE job SET suspect = TRUE WHERE id = %s", job_id)
        (told,) = dispatch.take_due(do.QUEUE, NORMAL, limit=1, lease_s=3)
        assert told == dispatch.Dispatch(job_id, do.TASK, do.QUEUE, NORMAL, alone=True)

    def test_the_lease_doubles_each_time_up_to_sixteen_times_its_length(self) -> None:
        job_id = do.queue()
        leased: list[int] = []
        for _ in range(8):
            self.take(lease_s=10)
            leased.append(round(do.seconds_until(job_id, "announce_at")))
            do.move(job_id, "announce_at", -1)
        assert leased == [10, 20, 40, 80, 160, 160, 160, 160]

    def test_a_claim_begins_the_leases_anew(self) -> None:
        job_id = do.queue()
        for _ in range(4):
            self.take()
            do.move(job_id, "announce_at", -1)
        do.end(do.claimed(job_id), JobOutcome(JobState.QUEUED, AttemptOutcome.RETRIED, "late"))
        self.take(lease_s=10)
        assert round(do.seconds_until(job_id, "announce_at")) == 10

    def test_a_job_that_nobody_claims_for_days_is_still_announced(self) -> None:
        job_id = do.queue()
        connection.changed("UPDATE job SET announcements = 32767 WHERE id = %s", job_id)  # the most that it can hold
        assert self.take(lease_s=10) == [job_id]
        assert round(do.seconds_until(job_id, "announce_at")) == 160

    def test_what_runs_has_ended_or_is_not_due_is_not_announced(self) -> None:
        do.running()
        do.end(do.running())
        do.queue(delay_s=60)
        assert self.take() == []
        assert dispatch.due_queues([do.QUEUE]) == []

    def test_the_longest_due_goes_first_as_far_as_there_is_room(self) -> None:
        first, second, third = do.queue(), do.queue(), do.queue()
        do.move(third, "announce_at", -60)
        do.move(first, "announce_at", -30)
        assert sorted(self.take(limit=2)) == [first, third]
        assert self.take() == [second]

    def test_two_dispatchers_do_not_take_the_same_job(self) -> None:
        ids = [do.queue() for _ in range(60)]
        taken = do.at_once(3, lambda _: self.take(limit=40))
        assert sorted(job_id for part in taken for job_id in part) == sorted(ids)

    def test_only_queues_and_priorities_with_something_due_are_named_urgent_ones_first(self) -> None:
        do.queue(priority=Priority.BULK)
        do.queue(priority=Priority.URGENT)
        assert dispatch.due_queues(["mail", do.QUEUE]) == [(do.QUEUE, Priority.URGENT), (do.QUEUE, Priority.BULK)]
        assert self.take() == []

    def test_when_redis_was_emptied_all_leases_are_void_at_once(self) -> None:
        announced, never, later = do.queue(), do.queue(), do.queue(delay_s=600)
        do.move(never, "announce_at", 50)
        connection.changed("UPDATE job SET announcements = 1 WHERE id = %s", later)
        connection.changed("UPDATE job SET announcements = 4, announce_at = {later(99)} WHERE id = %s", announced)
        runs = do.running()
        connection.changed("UPDATE job SET announcements = 1 WHERE id = %s", runs.job_id)
        assert dispatch.void_leases() == 1
        assert self.take(lease_s=10) == [announced]
        assert round(do.seconds_until(announced, "announce_at")) == 10
        assert do.seconds_until(later, "announce_at") > 590

    def test_a_job_whose_task_this_worker_does_not_know_stays_queued(self) -> None:
        job_id = do.queue()
        with connection.transaction():
            assert transitions.claim([job_id], token="t", worker_id="w", claim_s=9, tasks=["other.task"]) == []
        assert jobs.require(job_id).state is JobState.QUEUED
        assert do.claimed(job_id).job_id == job_id
