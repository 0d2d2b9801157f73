"""The window in Redis: by priority, first in, first out, and bounded by what can wait."""

import random
import re
from collections.abc import Iterator

import pytest
import redis

from db.ledger.dispatch import Dispatch
from rules.jobs import Priority
from tasks.transport.redis_queue import RedisQueue, RedisUnfit, client, job_id, refuses_for_now
from tests.support.forked import ROOT
from tests.support.servers import RedisServer

NAME = "default"
WIDE = 10_000


@pytest.fixture
def queue(redis_server: RedisServer) -> Iterator[RedisQueue]:
    with redis_server.client() as client:
        yield RedisQueue(client)


def push(queue: RedisQueue, priority: Priority, *ids: int, window: int = WIDE) -> int:
    dispatches = [Dispatch(one, "tasks.write", NAME, priority) for one in ids]
    return queue.push(dispatches, window=window)


def popped(queue: RedisQueue, limit: int = WIDE) -> list[int | None]:
    return [job_id(one) for one in queue.pop(NAME, limit)]


def test_a_normal_job_goes_before_all_bulk_jobs_that_are_announced(queue: RedisQueue) -> None:
    push(queue, Priority.BULK, *range(1, 2001), window=2000)
    assert queue.room(NAME, Priority.BULK, window=2000) == 0
    assert queue.room(NAME, Priority.NORMAL, window=2000) == 2000
    assert push(queue, Priority.NORMAL, 3001, 3002, window=2000) == 2
    assert queue.depth(NAME) == 2000
    assert popped(queue, 4) == [3001, 3002, 1, 2]
    assert 2000 not in queue.waiting(NAME), "its lease brings it back"
    assert push(queue, Priority.BULK, 2000, window=2000) == 1


def test_a_window_full_of_normal_jobs_takes_no_more_of_them_and_urgent_ones_past_it(queue: RedisQueue) -> None:
    assert push(queue, Priority.NORMAL, *range(1, 13), window=10) == 10
    assert queue.room(NAME, Priority.NORMAL, window=10) == 0
    assert push(queue, Priority.URGENT, 20, 21, window=10) == 2
    assert popped(queue) == [20, 21, *range(1, 11)]


def test_urgent_jobs_run_in_the_order_in_which_they_came(queue: RedisQueue) -> None:
    for one in range(1, 11):
        push(queue, Priority.URGENT, one)
    assert popped(queue) == list(range(1, 11))


def test_a_job_that_is_asked_for_more_urgently_moves_ahead_and_is_there_once(queue: RedisQueue) -> None:
    push(queue, Priority.BULK, 1, 2, 3)
    push(queue, Priority.NORMAL, 4, 5)
    push(queue, Priority.URGENT, 5, 3)
    push(queue, Priority.NORMAL, 6)
    assert popped(queue) == [5, 3, 4, 6, 1, 2]


def test_a_job_that_is_announced_again_keeps_its_place(queue: RedisQueue) -> None:
    push(queue, Priority.NORMAL, 1, 2, 3)
    assert push(queue, Priority.NORMAL, 1) == 0
    assert popped(queue) == [1, 2, 3]


@pytest.mark.parametrize("first", [Priority.URGENT, Priority.NORMAL])
def test_what_is_put_back_behind_all_others_draws_none_of_its_priority_behind_it(
    queue: RedisQueue, first: Priority
) -> None:
    push(queue, first, 1)
    unknown = queue.pop(NAME, 1)
    push(queue, Priority.BULK, 2, 3)
    queue.put_back(NAME, unknown, window=WIDE)
    push(queue, first, 4)
    assert popped(queue) == [4, 2, 3, 1]


def test_whatever_is_pushed_and_popped_the_order_is_that_of_priorities_and_of_coming(queue: RedisQueue) -> None:
    choose, waiting, number = random.Random(7), list[tuple[Priority, int]](), 0
    for _ in range(1000):
        if choose.random() < 0.4:
            taken = popped(queue, choose.randint(1, 12))
            assert taken == [one for _, one in waiting[: len(taken)]]
            del waiting[: len(taken)]
        else:
            priority, ids = choose.choice(list(Priority)), range(number, number := number + choose.randint(1, 4))
            push(queue, priority, *(one + 1 for one in ids))
            waiting = sorted([*waiting, *((priority, one + 1) for one in ids)])
    assert popped(queue) == [one for _, one in waiting]


class TestFit:
    def test_a_redis_that_gives_back_what_is_put_in_is_fit_and_nothing_is_left_behind(self, queue: RedisQueue) -> None:
        queue.require_fit()
        assert [key for key in queue.client.keys("*") if queue.client.ttl(key) < 0] == []

    def test_a_replica_is_unfit_though_it_answers(self, queue: RedisQueue) -> None:
        queue.client.replicaof("127.0.0.1", "1")
        with pytest.raises(RedisUnfit, match=r"replica .* no writes.*REDIS_URL name its master"):
            queue.require_fit()

    def test_a_replica_that_lost_its_master_is_one_too(self, queue: RedisQueue) -> None:
        queue.client.config_set("replica-serve-stale-data", "no")
        queue.client.replicaof("127.0.0.1", "1")
        with pytest.raises(RedisUnfit, match="is a replica"):
            queue.require_fit()

    def test_one_that_waits_for_replicas_is_fit_again_when_it_has_them(self, queue: RedisQueue) -> None:
        queue.client.config_set("min-replicas-to-write", 1)
        with pytest.raises(redis.ResponseError, match="NOREPLICAS") as refused:
            queue.require_fit()
        assert refuses_for_now(refused.value)

    @pytest.mark.parametrize(
        ("query", "why"),
        [("", "does not let us in.*REDIS_URL"), ("&password=wrong", "does not let us in"), ("&db=99", "out of range")],
    )
    def test_one_that_lets_nobody_in_answers_and_is_not_away(
        self, queue: RedisQueue, redis_server: RedisServer, query: str, why: str
    ) -> None:
        if "db" not in query:
            queue.client.config_set("requirepass", "secret")
        theirs = client(f"{redis_server.url}?{query}")
        with pytest.raises(RedisUnfit, match=why):
            RedisQueue(theirs).require_fit()
        theirs.close()
        queue.client.config_set("requirepass", "")

    def test_a_user_who_may_not_is_unfit_and_the_docs_list_of_commands_is_enough(
        self, queue: RedisQueue, redis_server: RedisServer
    ) -> None:
        written = (ROOT / "docs" / "operate.md").read_text()
        (rights,) = re.findall(r"user nolapse on >PASSWORD (.*)", written)
        queue.client.execute_command("ACL", "SETUSER", "nolapse", "on", ">secret", *rights.split())
        queue.client.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all", "-hsetnx")
        path = redis_server.url.removeprefix("unix://")
        for user, fit in (("nolapse", True), ("reader", False)):
            theirs = RedisQueue(client(f"unix://{user}:secret@{path}"))
            if fit:
                theirs.require_fit()
                push(theirs, Priority.BULK, 1, 2, window=2)
                push(theirs, Priority.NORMAL, 3, 1, window=2)
                assert popped(theirs) == [3, 1]
            else:
                with pytest.raises(RedisUnfit, match="can't run this command"):
                    theirs.require_fit()
            theirs.client.close()

    def test_connections_to_a_server_that_became_a_replica_are_dropped(
        self, queue: RedisQueue, redis_server: RedisServer
    ) -> None:
        """Behind a name that follows a failover the next connection leads to the master."""
        ours = client(redis_server.url)
        before = ours.client_id()
        assert ours.client_id() == before
        queue.client.replicaof("127.0.0.1", "1")
        with pytest.raises(redis.ReadOnlyError):
            push(RedisQueue(ours), Priority.NORMAL, 1)
        assert ours.client_id() != before
        ours.close()

    def test_a_cluster_is_refused_with_the_reason(self) -> None:
        server = RedisServer(cluster=True)
        server.start()
        with server.client() as lent, pytest.raises(RedisUnfit, match="is a cluster"):
            RedisQueue(lent).require_fit()
        server.close()
