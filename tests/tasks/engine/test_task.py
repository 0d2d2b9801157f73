"""What a task is: its arguments are its signature's, its job is a row, and Redis hears of it after the commit."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import pytest

import settings
from db import connection
from db.ledger import jobs, runs, staff_actions, transitions
from rules.jobs import AttemptOutcome, JobState, Priority
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


@task.task(Queue.LOOKUP, unique=("name", "times"))
def greet_once(*, name: str, times: int = 1, loud: bool = False) -> None:
    """A task whose work has a name."""
    GREETED.append((name, times, loud))


@task.task(Queue.LOOKUP, unique=("numbers",))
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


@task.task(Queue.DEFAULT, unique=("many",), fans_out=True, then="test_task.lead_on")
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
            ({"name": "ada", "times": 2**63}, "times: no database holds"),
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

    @pytest.mark.parametrize("name", ["delay_s", "priority"])
    def test_a_name_that_enqueue_needs_for_itself_is_refused_when_the_task_is_declared(self, name: str) -> None:
        namespace: dict[str, Any] = {"__name__": "test_task"}
        exec(f"def job(*, {name}: str) -> None: ...", namespace)  # noqa: S102 - the parameter's name varies
        with pytest.raises(TypeError, match=f"'{name}' must be keyword-only and none of delay_s, priority"):
            task.task(Queue.DEFAULT)(namespace["job"])

    def test_unique_by_what_it_does_not_take_is_refused_when_the_task_is_declared(self) -> None:
        def job(*, number: int) -> None: ...

        with pytest.raises(TypeError, match="is unique by name, which it does not take"):
            task.task(Queue.DEFAULT, unique=("number", "name"))(job)

    def test_a_positional_argument_is_refused_when_the_task_is_declared(self) -> None:
        def job(number: int) -> None: ...

        with pytest.raises(TypeError, match="'number' must be keyword-only"):
            task.task(Queue.DEFAULT)(job)

    def test_called_as_a_function_it_runs_here_and_now(self) -> None:
        GREETED.clear()
        greet(name="ada", times=2)
        assert GREETED == [("ada", 2, False)]


class TestKeys:
    def test_a_key_is_the_tasks_name_and_what_names_the_work_with_its_defaults(self) -> None:
        assert greet_once.key({"name": "ada"}) == "test_task.greet_once:ada:1"
        assert greet_once.key({"name": "ada", "times": 3, "loud": True}) == "test_task.greet_once:ada:3"
        assert greet.key({"name": "ada"}) is None

    def test_a_list_of_ids_is_named_by_its_digest(self) -> None:
        ids = list(range(7, 2507))
        first = greet_some.key({"numbers": ids})
        assert first == "test_task.greet_some:2500 from 7:ae735370ef579fb2"
        assert greet_some.key({"numbers": [*ids[:-1], 9999]}) != first
        assert greet_some.key({"numbers": []}) == f"test_task.greet_some:0 from None:{sha256(b'[]').hexdigest()[:16]}"

    def test_a_key_fits_into_its_column_whatever_the_arguments(self) -> None:
        long, longer = (greet_once.key({"name": "a" * number}) or "" for number in (200, 201))
        assert long != longer
        assert max(len(long), len(longer)) <= 200

    def test_keys_are_those_of_the_release_before(self) -> None:
        catalogue.load()
        keys = {
            "domains.check:17": ("domains.check", {"domain_id": 17}),
            "domains.judge:17": ("domains.judge", {"domain_id": 17}),
            "dns.read:17": ("dns.read", {"domain_id": 17}),
            "certificates.scan:3": ("certificates.scan", {"endpoint_id": 3}),
            "certificates.scan_batch:2 from 1:3a316d6d3226f84c": ("certificates.scan_batch", {"endpoint_ids": [1, 2]}),
            "invoices.bill:5": ("invoices.bill", {"client_id": 5}),
            "alerts.tell:9": ("alerts.tell", {"alert_id": 9}),
            "alerts.ended_badly:mail.send:dead": ("alerts.ended_badly", {"task": "mail.send", "state": "dead"}),
        }
        assert {task.find(name).key(args) for name, args in keys.values()} == set(keys)


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
        enqueued = greet.enqueue(name="ada", times=2)
        job = jobs.require(enqueued.job_id)
        assert (enqueued.new, enqueued.run_id) == (True, None)
        assert (job.task, job.queue, job.args, job.state) == (
            "test_task.greet", "lookup", {"name": "ada", "times": 2}, JobState.QUEUED,
        )  # fmt: skip
        assert do.columns(job.id, "priority, cause_id") == (Priority.NORMAL, None)

    def test_enqueueing_in_a_transaction_that_is_rolled_back_leaves_nothing(self) -> None:
        with do.undone():
            greet.enqueue(name="ada")
            greet_all.enqueue(many=3)
        assert jobs.newest() == []
        assert runs.newest() == []

    def test_work_that_is_queued_is_returned_and_not_queued_twice(self) -> None:
        first = greet_once.enqueue(name="ada")
        again = greet_once.enqueue(name="ada", loud=True)
        other = greet_once.enqueue(name="ada", times=2)
        assert (again.job_id, again.new) == (first.job_id, False)
        assert other.new
        assert [do.columns(one.job_id, "key") for one in (first, other)] == [
            ("test_task.greet_once:ada:1",),
            ("test_task.greet_once:ada:2",),
        ]

    def test_work_that_is_asked_for_again_takes_the_earlier_time_and_the_higher_priority(self) -> None:
        job_id = greet_once.enqueue(delay_s=3000, priority=Priority.BULK, name="ada").job_id
        greet_once.enqueue(delay_s=600, name="ada")
        assert 598 < do.seconds_until(job_id, "run_at") <= 600
        assert 598 < do.seconds_until(job_id, "announce_at") <= 600
        greet_once.enqueue(delay_s=3000, priority=Priority.URGENT, name="ada")
        assert 598 < do.seconds_until(job_id, "run_at") <= 600
        assert do.columns(job_id, "priority") == (Priority.URGENT,)
        greet_once.enqueue(priority=Priority.BULK, name="ada")
        assert do.seconds_until(job_id, "run_at") <= 0
        assert 0 < do.seconds_until(job_id, "announce_at") <= settings.current().announce_lease_s
        assert do.columns(job_id, "priority, waits_for") == (Priority.URGENT, None)

    def test_a_job_that_waits_for_its_next_try_is_tried_at_once_when_it_is_asked_for(self, worker: Worker) -> None:
        job_id = greet_once.enqueue(name="ada").job_id
        later = transitions.JobOutcome(
            JobState.QUEUED, AttemptOutcome.RETRIED, "no", delay_s=900, failures=1, waits_for="its next try"
        )
        do.end(do.claimed(job_id), later)
        assert greet_once.enqueue(name="ada").job_id == job_id
        assert do.claim(job_id)

    def test_other_arguments_under_the_same_key_are_told_and_those_that_mean_the_same_are_not(self) -> None:
        greet_once.enqueue(name="ada", loud=True)
        assert greet_once.enqueue(name="ada").other_arguments == {"name": "ada", "loud": True}
        assert greet_once.enqueue(name="ada", loud=True, times=1).other_arguments is None

    @pytest.mark.parametrize("args", [{}, {"name": "ada", "tims": 2}, {"name": None}, {"name": "ada", "times": "two"}])
    def test_wrong_arguments_are_refused_before_there_is_a_job(self, args: dict[str, Any]) -> None:
        with pytest.raises(BadArguments, match=r"test_task.greet does not take these arguments"):
            greet.enqueue(**args)
        assert jobs.newest() == []

    def test_what_is_not_given_is_not_stored_so_that_a_worker_of_the_release_before_takes_it(self) -> None:
        assert jobs.require(greet.enqueue(name="ada").job_id).args == {"name": "ada"}

    def test_work_that_has_begun_is_queued_once_more(self) -> None:
        first = greet_once.enqueue(name="ada")
        assert do.claim(first.job_id)
        assert greet_once.enqueue(name="ada").new

    def test_by_whatever_way_it_is_asked_for_the_same_work_is_queued_once(self, worker: Worker) -> None:
        worker.perform(greet_all, many=3)  # a fan-out
        from_code = samples.write_number.enqueue(number=2)
        from_outside = samples.write_number.enqueue(**samples.write_number.validated({"number": "2"}))
        assert (from_code.new, from_outside) == (False, from_code)

    def test_a_failed_job_is_not_retried_beside_a_newer_one_of_the_same_work(self) -> None:
        failed = greet_once.enqueue(name="ada")
        do.end(do.claimed(failed.job_id), transitions.JobOutcome(JobState.FAILED, AttemptOutcome.FAILED, "no"))
        newer = greet_once.enqueue(name="ada")
        with pytest.raises(staff_actions.NotPossible, match="a newer job with its work is queued already"):
            staff_actions.retry(failed.job_id)
        staff_actions.cancel(newer.job_id)
        staff_actions.retry(failed.job_id)
        assert (greet_once.enqueue(name="ada").job_id, greet_once.enqueue(name="ada").new) == (failed.job_id, False)

    def test_of_a_task_that_is_not_unique_each_is_queued(self) -> None:
        assert greet.enqueue(name="ada").new
        assert greet.enqueue(name="ada").new
        assert connection.execute("SELECT COUNT(key) FROM job")[0][0] == 0

    def test_a_priority_is_kept(self) -> None:
        enqueued = greet.enqueue(priority=Priority.URGENT, name="ada")
        assert do.columns(enqueued.job_id, "priority") == (Priority.URGENT,)

    def test_a_delayed_one_is_dispatched_when_it_is_due_and_not_later(self) -> None:
        enqueued = greet.enqueue(delay_s=600, name="ada")
        assert 598 < do.seconds_until(enqueued.job_id, "run_at") <= 600
        assert 598 < do.seconds_until(enqueued.job_id, "announce_at") <= 600

    def test_while_redis_is_away_nobody_waits_and_the_dispatcher_has_it_after_the_lease(self) -> None:
        enqueued = greet.enqueue(name="ada")
        assert notifier.current().flush(5)
        assert 0 < do.seconds_until(enqueued.job_id, "announce_at") <= settings.current().announce_lease_s
        assert do.claim(enqueued.job_id)

    def test_a_job_that_another_led_to_names_it_as_its_cause(self, worker: Worker) -> None:
        cause = worker.perform(lead_on, name="ada")
        (led_to,) = jobs.newest(task="test_task.greet")
        assert do.columns(led_to.id, "cause_id") == (cause.id,)
        assert current() is None, "outside a job there is none"


class TestNotifying:
    @pytest.fixture
    def queue(
        self, ledger: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[redis_queue.RedisQueue]:
        """The queue of a Redis that is there, and a notifier that tells it."""
        with redis_server.client() as client, redis_server.client() as for_notifier:
            notifying = notifier.Notifier(redis_queue.RedisQueue(for_notifier))
            monkeypatch.setattr(notifier, "current", lambda: notifying)
            yield redis_queue.RedisQueue(client)
            notifying.flush(5)

    def test_redis_hears_of_a_job_when_it_is_committed_and_not_before(self, queue: redis_queue.RedisQueue) -> None:
        with connection.transaction():
            enqueued = greet.enqueue(name="ada")
            assert notifier.current().flush(5)
            assert queue.waiting("lookup") == []
        assert notifier.current().flush(5)
        assert queue.waiting("lookup") == [enqueued.job_id]

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

    def test_neither_a_delayed_job_nor_one_that_is_queued_already_is_notified(
        self, queue: redis_queue.RedisQueue
    ) -> None:
        first = greet_once.enqueue(name="ada")
        greet_once.enqueue(name="ada")
        greet.enqueue(delay_s=60, name="later")
        assert notifier.current().flush(5)
        assert eventually(lambda: queue.waiting("lookup")) == [first.job_id]


@pytest.mark.usefixtures("ledger")
class TestFanOut:
    def test_each_of_its_jobs_opens_a_run_of_which_it_is_the_root(self) -> None:
        enqueued = greet_all.enqueue(many=3)
        assert enqueued.run_id
        run = runs.get(enqueued.run_id)
        assert run
        assert (run.task, run.finished_at, run.counts) == ("test_task.greet_all", None, {"queued": 1})
        assert jobs.require(enqueued.job_id).run_id == enqueued.run_id

    def test_one_that_is_queued_already_opens_no_second_run(self) -> None:
        first = greet_all.enqueue(many=3)
        again = greet_all.enqueue(many=3)
        assert (again.job_id, again.run_id, again.new) == (first.job_id, first.run_id, False)
        assert [one.id for one in runs.newest()] == [first.run_id]

    def test_there_is_one_job_for_each_id_and_all_are_of_its_run(self, worker: Worker) -> None:
        root = worker.perform(greet_all, many=2300)
        assert root.state is JobState.DONE
        assert root.run_id
        assert jobs.counts_of_run(root.run_id) == {"done": 1, "queued": 2300}
        numbers = [one.args["number"] for one in jobs.newest(task="tasks.write_number", limit=5000)]
        assert sorted(numbers) == list(range(1, 2301))  # type: ignore[type-var] - they are numbers
        assert connection.execute("SELECT DISTINCT priority FROM job WHERE task = 'tasks.write_number'") == [(2,)]

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
