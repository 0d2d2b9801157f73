"""What a task is: its arguments are its signature's, its job is a row, and Redis hears of it after the commit."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import settings
from db import connection
from db.ledger import jobs, runs
from rules.jobs import JobState, Priority
from settings import BadSettings
from tasks.engine import catalogue, task
from tasks.engine.context import current
from tasks.engine.errors import BadArguments, UnknownTask
from tasks.engine.task import Queue
from tasks.transport import notifier, redis_queue
from tests.support import ledger as do
from tests.support import tasks as samples
from tests.support.eventually import eventually
from tests.support.servers import RedisServer
from tests.support.worker import Worker


@task.task(Queue.LOOKUP)
def greet(*, name: str, times: int = 1, loud: bool = False) -> None:
    """A task with every kind of argument."""
    GREETED.append((name, times, loud))


@task.task(Queue.DEFAULT)
def lead_on(*, name: str) -> None:
    """A task that leads to another."""
    greet.enqueue(name=name)


@task.task(Queue.LOOKUP)
def greet_some(*, numbers: list[int]) -> None:
    """A task for several subjects at once."""
    GREETED.append((str(numbers), 1, False))


@task.task(Queue.DEFAULT, fans_out=True)
def greet_by_threes(*, many: int) -> None:
    """A fan-out in batches of three, the even ones apart and last."""

    def batches(ids: Sequence[int]) -> list[Sequence[int]]:
        parts = [[one for one in ids if one % 2 == rest] for rest in (1, 0)]
        return [part[start : start + 3] for part in parts for start in range(0, len(part), 3)]

    greet_some.fan_out(lambda last, limit: range(last + 1, min(many, last + limit) + 1), "numbers", batches=batches)


@task.task(Queue.DEFAULT, fans_out=True, then="test_task.lead_on")
def greet_all(*, many: int, broken_after: int = 10_000) -> None:
    """A fan-out that breaks on its way."""

    def ids_after(last: int, limit: int) -> list[int]:
        if last >= broken_after:
            raise ZeroDivisionError("broken on the way")
        return list(range(last + 1, min(last + limit, many) + 1))

    samples.write_number.fan_out(ids_after, "number")


GREETED: list[tuple[str, int, bool]] = []


class TestArguments:
    def test_they_are_what_the_signature_says_with_its_defaults(self) -> None:
        assert greet.validated({"name": "ada"}) == {"name": "ada", "times": 1, "loud": False}

    def test_what_was_typed_on_a_command_line_becomes_what_the_signature_says(self) -> None:
        given = {"name": "ada", "times": "3", "loud": "true"}
        assert greet.validated(given) == {"name": "ada", "times": 3, "loud": True}

    @pytest.mark.parametrize(
        ("given", "named"),
        [
            ({}, "name: Field required"),
            ({"name": "ada", "times": "often"}, "times: "),
            ({"name": "ada", "volume": 3}, "volume: Extra inputs"),
            ({"name": None}, "name: "),
            ({"times": "often", "volume": 3}, "name: .*times: .*volume: "),
        ],
    )
    def test_each_that_is_not_taken_is_named_and_so_is_what_is(self, given: dict[str, object], named: str) -> None:
        with pytest.raises(BadArguments, match=f"test_task.greet .*{named}.*it takes: name, times, loud"):
            greet.validated(given)

    def test_a_task_without_arguments_takes_none(self) -> None:
        catalogue.load()
        assert task.find("domains.check_all").validated({}) == {}
        with pytest.raises(BadArguments, match="it takes: none"):
            task.find("domains.check_all").validated({"x": 1})

    @pytest.mark.parametrize("name", ["key", "delay_s", "priority"])
    def test_a_name_that_enqueue_needs_for_itself_is_refused_when_the_task_is_declared(self, name: str) -> None:
        namespace: dict[str, Any] = {"__name__": "test_task"}
        exec(f"def job(*, {name}: str) -> None: ...", namespace)  # noqa: S102 - the parameter's name varies
        with pytest.raises(TypeError, match=f"'{name}' must be keyword-only and none of delay_s, key, priority"):
            task.task(Queue.DEFAULT)(namespace["job"])

    def test_a_positional_argument_is_refused_when_the_task_is_declared(self) -> None:
        def job(number: int) -> None: ...

        with pytest.raises(TypeError, match="'number' must be keyword-only"):
            task.task(Queue.DEFAULT)(job)

    def test_called_as_a_function_it_runs_here_and_now(self) -> None:
        GREETED.clear()
        greet(name="ada", times=2)
        assert GREETED == [("ada", 2, False)]


class TestNames:
    def test_a_task_is_found_by_its_module_and_function(self) -> None:
        assert task.find("test_task.greet") is greet

    def test_an_unknown_one_names_those_that_come_near(self) -> None:
        with pytest.raises(UnknownTask, match=r"'test_task.great'.*did you mean .*test_task.greet"):
            task.find("test_task.great")

    def test_one_that_is_like_none_names_all(self) -> None:
        catalogue.load()
        with pytest.raises(UnknownTask, match=r"alerts.tell, .*domains.check, .*mail.send"):
            task.find("?")

    def test_two_modules_cannot_declare_one_name(self) -> None:
        def greet(*, name: str) -> None: ...

        greet.__module__ = "elsewhere.test_task"
        with pytest.raises(ValueError, match=r"two tasks are named test_task\.greet"):
            task.task(Queue.DEFAULT)(greet)

    def test_a_module_of_the_settings_that_does_not_import_is_refused_by_name(self) -> None:
        with (
            settings.override(task_modules=("no.such.module",)),
            pytest.raises(BadSettings, match=r"NOLAPSE_TASK_MODULES names 'no.such.module'"),
        ):
            catalogue.load()


@pytest.mark.usefixtures("ledger")
class TestEnqueue:
    def test_a_job_is_a_row(self) -> None:
        ticket = greet.enqueue(name="ada", times=2)
        job = jobs.require(ticket.job_id)
        assert (ticket.new, ticket.run_id) == (True, None)
        assert (job.task, job.queue, job.args, job.state) == (
            *("test_task.greet", "lookup", {"name": "ada", "times": 2}, JobState.QUEUED),
        )
        assert do.columns(job.id, "priority, cause_id") == (Priority.NORMAL, None)

    def test_enqueueing_in_a_transaction_that_is_rolled_back_leaves_nothing(self) -> None:
        with do.undone():
            greet.enqueue(name="ada")
            greet_all.enqueue(many=3)
        assert jobs.newest() == []
        assert runs.newest() == []

    def test_with_a_key_that_is_queued_it_returns_the_queued_one(self) -> None:
        first = greet.enqueue(key="greet:ada", name="ada")
        again = greet.enqueue(key="greet:ada", name="ada")
        assert (again.job_id, again.new) == (first.job_id, False)

    def test_a_priority_is_kept(self) -> None:
        ticket = greet.enqueue(priority=Priority.URGENT, name="ada")
        assert do.columns(ticket.job_id, "priority") == (Priority.URGENT,)

    def test_a_delayed_one_is_announced_when_it_is_due_and_not_later(self) -> None:
        ticket = greet.enqueue(delay_s=600, name="ada")
        assert 598 < do.seconds_until(ticket.job_id, "run_at") <= 600
        assert 598 < do.seconds_until(ticket.job_id, "announce_at") <= 600

    def test_while_redis_is_away_nobody_waits_and_the_announcer_has_it_after_the_lease(self) -> None:
        ticket = greet.enqueue(name="ada")
        assert notifier.current().flush(5)
        assert 0 < do.seconds_until(ticket.job_id, "announce_at") <= settings.current().announce_lease_s
        assert do.claim(ticket.job_id)

    def test_a_job_that_another_led_to_names_it_as_its_cause(self, worker: Worker) -> None:
        cause = worker.perform(lead_on, name="ada")
        (led_to,) = jobs.newest(task="test_task.greet")
        assert do.columns(led_to.id, "cause_id") == (cause.id,)
        assert current() is None, "outside a job there is none"


class TestAnnouncing:
    @pytest.fixture
    def queue(
        self, ledger: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[redis_queue.RedisQueue]:
        """The doorbell of a Redis that is there, and a notifying that rings it."""
        with redis_server.client() as client, redis_server.client() as for_notifier:
            notifying = notifier.Notifier(redis_queue.RedisQueue(for_notifier))
            monkeypatch.setattr(notifier, "current", lambda: notifying)
            yield redis_queue.RedisQueue(client)
            notifying.flush(5)

    def test_redis_hears_of_a_job_when_it_is_committed_and_not_before(self, queue: redis_queue.RedisQueue) -> None:
        with connection.transaction():
            ticket = greet.enqueue(name="ada")
            assert notifier.current().flush(5)
            assert queue.waiting("lookup") == []
        assert notifier.current().flush(5)
        assert queue.waiting("lookup") == [ticket.job_id]

    def test_redis_never_hears_of_what_was_rolled_back(self, queue: redis_queue.RedisQueue) -> None:
        with do.undone():
            greet.enqueue(name="ada")
        after = greet.enqueue(name="grace")
        assert notifier.current().flush(5)
        assert queue.waiting("lookup") == [after.job_id]

    def test_redis_is_told_a_name_and_an_id_and_no_argument(self, queue: redis_queue.RedisQueue) -> None:
        greet.enqueue(name="hunter2")
        assert notifier.current().flush(5)
        (message,) = queue.pop("lookup", 10)
        assert b"hunter2" not in message
        assert b"test_task.greet" in message

    def test_neither_a_delayed_job_nor_one_that_is_queued_already_rings(self, queue: redis_queue.RedisQueue) -> None:
        first = greet.enqueue(key="greet:ada", name="ada")
        greet.enqueue(key="greet:ada", name="ada")
        greet.enqueue(delay_s=60, name="later")
        assert notifier.current().flush(5)
        assert eventually(lambda: queue.waiting("lookup"), within_s=5) == [first.job_id]


@pytest.mark.usefixtures("ledger")
class TestFanOut:
    def test_each_of_its_jobs_opens_a_run_of_which_it_is_the_root(self) -> None:
        ticket = greet_all.enqueue(many=3)
        assert ticket.run_id
        run = runs.get(ticket.run_id)
        assert run
        assert (run.task, run.finished_at, run.counts) == ("test_task.greet_all", None, {"queued": 1})
        assert jobs.require(ticket.job_id).run_id == ticket.run_id

    def test_one_that_is_queued_already_opens_no_second_run(self) -> None:
        first = greet_all.enqueue(key="all", many=3)
        again = greet_all.enqueue(key="all", many=3)
        assert (again.job_id, again.run_id, again.new) == (first.job_id, None, False)
        assert [one.id for one in runs.newest()] == [first.run_id]

    def test_there_is_one_job_for_each_id_and_all_are_of_its_run(self, worker: Worker) -> None:
        root = worker.perform(greet_all, many=2300)
        assert root.state is JobState.DONE
        assert root.run_id
        assert jobs.counts_of_run(root.run_id) == {"done": 1, "queued": 2300}
        numbers = [one.args["number"] for one in jobs.newest(task="tasks.write_number", limit=5000)]
        assert sorted(numbers) == list(range(1, 2301))  # type: ignore[type-var] - they are numbers
        assert {row[0] for row in connection.execute("SELECT priority FROM job WHERE key IS NOT NULL")} == {2}

    def test_a_root_that_is_interrupted_goes_on_where_it_was(self, worker: Worker) -> None:
        broken = worker.perform(greet_all, many=2300, broken_after=2000)
        assert broken.run_id
        assert (broken.state, runs.cursor(broken.run_id)) == (JobState.QUEUED, 2000)
        with connection.transaction():
            connection.changed("""UPDATE job SET args = '{"many": 2300}' WHERE id = %s""", broken.id)
            connection.changed("DELETE FROM job WHERE key = 'tasks.write_number:7'")
        assert worker.run(broken.id).state is JobState.DONE
        assert jobs.counts_of_run(broken.run_id) == {"done": 1, "queued": 2299}, (
            "what was inserted is not inserted again"
        )

    def test_an_id_whose_job_is_queued_already_gets_no_second_one(self, worker: Worker) -> None:
        worker.perform(greet_all, many=5)
        second = worker.perform(greet_all, many=7)
        assert second.run_id
        assert jobs.counts_of_run(second.run_id) == {"done": 1, "queued": 2}

    def test_ids_in_batches_are_one_job_each_in_their_order(self, worker: Worker) -> None:
        root = worker.perform(greet_by_threes, many=7)
        assert root.run_id
        assert jobs.counts_of_run(root.run_id) == {"done": 1, "queued": 3}
        given = [one.args["numbers"] for one in reversed(jobs.newest(task="test_task.greet_some"))]
        assert given == [[1, 3, 5], [7], [2, 4, 6]]
        worker.drain(greet_some)
        assert [said for said, _, _ in GREETED[-3:]] == ["[1, 3, 5]", "[7]", "[2, 4, 6]"]

    def test_a_batch_that_is_queued_already_is_not_queued_again(self, worker: Worker) -> None:
        worker.perform(greet_by_threes, many=7)
        again = worker.perform(greet_by_threes, many=7)
        other = worker.perform(greet_by_threes, many=9)
        assert again.run_id
        assert other.run_id
        assert jobs.counts_of_run(again.run_id) == {"done": 1}
        assert jobs.counts_of_run(other.run_id) == {"done": 1, "queued": 2}, "7 and 9 are another batch, 8 is one alone"

    def test_with_nothing_to_do_it_is_a_run_of_its_root_alone(self, worker: Worker) -> None:
        root = worker.perform(greet_all, many=0)
        assert root.run_id
        assert jobs.counts_of_run(root.run_id) == {"done": 1}

    def test_a_task_that_opens_no_run_cannot_fan_out(self) -> None:
        with pytest.raises(RuntimeError, match="fans_out=True"):
            greet.fan_out(lambda _last, _limit: [1], "name")
