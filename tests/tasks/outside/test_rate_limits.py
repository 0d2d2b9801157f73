"""The rate limit: who may not pass is parked without an attempt, and what a server answers is learned for all."""

import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from redis import Redis

import settings
from db import connection
from db.outside import lanes as store
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Forbidden
from integrations.rate_limit import RateLimit
from rules.jobs import JobState
from rules.rate_limits.circuit_breaker import FAILURES, BreakerState
from tasks.engine.context import completing
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, task
from tasks.outside import calls
from tasks.outside.rate_limits import ServerBlocked, for_lookup
from tests.support import ledger as do
from tests.support.servers import RedisServer
from tests.support.worker import Worker

SERVER = "whois.denic.de"
SLOW = {SERVER: 1.0, "whois.eu": 1.0}
"""Calls a minute, so that nobody is patient enough for the next permit."""

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture(autouse=True)
def redis(ledger: str, redis_server: RedisServer) -> Iterator[RedisServer]:
    """A private Redis that the settings name, and lanes with one permit a minute."""
    with settings.override(redis_url_given=SecretStr(redis_server.url), lanes=SLOW):
        yield redis_server


def ask(server: str = SERVER, *, error: Exception | None = None, through: RateLimit | None = None) -> None:
    """Ask a server that answers, or that fails in this way."""
    with (through or for_lookup())("whois", server):
        if error:
            raise error


def ask_in_vain(error: Exception, *, times: int = 1, server: str = SERVER) -> None:
    """Ask a server that fails so, each time when its next permit has come."""
    for _ in range(times):
        with pytest.raises(type(error)):
            ask(server, error=error)
        forget_permits()


def forget_permits() -> None:
    """Let the time pass until every lane has a permit."""
    with Redis.from_url(settings.current().redis_url) as client:
        client.flushall()


def remembered(server: str = SERVER) -> BreakerState:
    return store.get(server).state


def let_pass(column: str, server: str = SERVER) -> None:
    """Let the time pass until this moment of a lane is over."""
    with connection.transaction():
        connection.changed(f"UPDATE lane SET {column} = {{later(-1)}} WHERE name = %s", server)


def open_circuit() -> None:
    """Let a server fail until its breaker opens."""
    ask_in_vain(Unavailable("no answer"), times=FAILURES)


class TestPermits:
    def test_the_first_passes_and_the_next_is_parked_for_a_permit_that_staff_understand(self) -> None:
        ask()
        with pytest.raises(Parked, match=r"^a slot at whois\.denic\.de \(1 look-up in 60 s\)$") as parked:
            ask()
        assert 0 < parked.value.delay_s < 70
        assert not isinstance(parked.value, IntegrationError), "it waits for this server: no other is asked instead"

    def test_servers_have_lanes_of_their_own(self) -> None:
        ask()
        ask("whois.eu")

    def test_a_look_up_that_has_asked_one_server_may_do_without_the_next(self) -> None:
        ask("whois.eu")
        look_up = for_lookup()
        ask(through=look_up)
        with pytest.raises(ServerBlocked, match="a slot at whois"):
            ask("whois.eu", through=look_up)

    def test_one_that_is_near_is_waited_for(self) -> None:
        with settings.override(lanes={SERVER: 600}):
            for _ in range(12):  # ten at once, then one in a tenth of a second
                ask()

    def test_threads_that_come_at_once_get_no_more_than_there_are(self) -> None:
        passed: list[bool] = []

        def come(_place: int) -> None:
            try:
                ask()
                passed.append(True)
            except Parked:
                passed.append(False)

        do.at_once(8, come)
        assert sum(passed) == 1

    def test_while_the_server_is_asked_no_connection_to_the_database_is_held(self) -> None:
        with for_lookup()("whois", SERVER):
            assert connection.database.is_closed()

    def test_a_server_in_our_own_network_is_never_waited_for(self) -> None:
        for _ in range(50):
            ask("rdap.sandbox.test:8080")

    def test_each_call_is_measured_by_its_outcome(self) -> None:
        calls._sums.clear()
        ask()
        ask_in_vain(Unavailable("no answer"), server="whois.eu")
        with pytest.raises(ServerBlocked):
            ask(error=Throttled("too often"))
        with pytest.raises(Parked):
            ask()
        assert {key: number for key, (number, _) in calls._sums.items()} == {
            ("whois", "ok"): 1,
            ("whois", "unavailable"): 1,
            ("whois", "throttled"): 1,
        }, "who was parked has called nobody"
        calls._sums.clear()


class TestPenalty:
    def test_a_server_that_says_too_often_is_left_alone_and_the_job_is_parked(self) -> None:
        with pytest.raises(ServerBlocked) as closed:
            ask(error=Throttled("429", retry_after=600))
        assert str(closed.value) == "whois.denic.de to let us ask again: it said that we asked too often"
        assert 300 < closed.value.delay_s < 700
        assert isinstance(closed.value, Unavailable), "another server may be asked in its place"

    def test_nobody_asks_it_before_the_penalty_is_over(self, redis: RedisServer) -> None:
        with pytest.raises(ServerBlocked):
            ask(error=Throttled("429", retry_after=600))
        for _ in range(3):
            redis.empty()
            with pytest.raises(ServerBlocked, match="asked too often"):
                ask()

    def test_nor_while_redis_is_stopped(self, redis: RedisServer) -> None:
        with pytest.raises(ServerBlocked):
            ask(error=Throttled("429", retry_after=600))
        redis.stop()
        with pytest.raises(ServerBlocked, match="asked too often"):
            ask()

    def test_those_who_wait_for_its_end_have_places_behind_one_another(self) -> None:
        delays = []
        for _ in range(4):
            with pytest.raises(ServerBlocked) as closed:
                ask(error=Throttled("429", retry_after=600))
            delays.append(closed.value.delay_s)
        assert delays == sorted(delays)
        assert delays[-1] - delays[0] > 2 * 60, "and twice as far apart as before: it is asked more slowly"

    def test_afterwards_it_is_asked_at_half_the_pace(self) -> None:
        with pytest.raises(ServerBlocked):
            ask(error=Throttled("429"))
        let_pass("shut_until")
        forget_permits()
        ask()
        with pytest.raises(Parked, match=r"1 look-up in 120 s"):
            ask()

    def test_an_answer_ends_the_row_of_penalties(self) -> None:
        with pytest.raises(ServerBlocked):
            ask(error=Throttled("429"))
        let_pass("shut_until")
        forget_permits()
        ask()
        assert (remembered().throttles, remembered().slowness) == (0, 2.0)


class TestBreaker:
    def test_a_server_that_is_away_and_says_until_when_is_not_asked_before(self) -> None:
        ask_in_vain(Unavailable("503", retry_after=600), times=FAILURES)
        with pytest.raises(ServerBlocked) as blocked:
            ask()
        assert 300 < blocked.value.delay_s < 700

    def test_after_failures_in_a_row_nobody_asks(self) -> None:
        open_circuit()
        with pytest.raises(ServerBlocked, match=r"^whois\.denic\.de to answer again: its last 5 calls failed$"):
            ask()

    def test_a_failure_is_the_jobs_own(self) -> None:
        with pytest.raises(Unavailable) as failure:
            ask(error=Unavailable("no answer"))
        assert not isinstance(failure.value, Parked)

    def test_then_one_probe_passes_at_a_time_and_its_answer_opens_the_server(self) -> None:
        open_circuit()
        let_pass("shut_until")
        with for_lookup()("whois", SERVER):
            forget_permits()
            with pytest.raises(ServerBlocked, match="its last 5 calls failed"):
                ask()
        assert remembered() == BreakerState()

    def test_a_probe_that_fails_opens_it_for_longer(self) -> None:
        open_circuit()
        let_pass("shut_until")
        ask_in_vain(Unavailable("no answer"))
        assert remembered().openings == 2
        with pytest.raises(ServerBlocked, match="its last 6 calls failed"):
            ask()

    def test_an_answer_in_between_begins_the_row_anew(self) -> None:
        ask_in_vain(Unavailable("no answer"), times=FAILURES - 1)
        ask()
        assert remembered() == BreakerState()

    def test_a_refusal_is_an_answer(self) -> None:
        ask_in_vain(Unavailable("no answer"))
        ask_in_vain(Rejected("403"))
        assert remembered() == BreakerState()

    @pytest.mark.parametrize(
        "error",
        [Forbidden("127.0.0.1"), Parked("behind it", delay_s=1), ServerBlocked("behind it", delay_s=1), KeyError("a")],
    )
    def test_what_says_nothing_of_the_server_teaches_nothing(self, error: Exception) -> None:
        ask_in_vain(Unavailable("no answer"))
        ask_in_vain(error)
        assert remembered().failures == 1

    def test_an_answer_writes_nothing_where_there_was_no_trouble(self) -> None:
        ask()
        assert connection.execute("SELECT COUNT(*) FROM lane")[0][0] == 0


class TestWithoutRedis:
    def test_a_stopped_redis_stops_nobody_and_lets_nobody_through_twice(self, redis: RedisServer) -> None:
        redis.stop()
        ask()
        with pytest.raises(Parked, match=r"a slot at whois\.denic\.de"):
            ask()


@task(Queue.LOOKUP, attempts=2)
def look_up(*, fails: str = "") -> None:
    """Ask one server that answers, or fails as is said."""
    error = {"": None, "throttled": Throttled("429", retry_after=60), "away": Unavailable("no answer")}[fails]
    ask(error=error)
    with completing():
        pass


class TestJobs:
    def test_a_job_without_a_permit_waits_and_no_attempt_is_counted(self, worker: Worker) -> None:
        assert worker.perform(look_up).state is JobState.DONE
        for _ in range(5):
            waiting = worker.perform(look_up)
            assert (waiting.state, waiting.attempts, waiting.failures) == (JobState.QUEUED, 0, 0)
            assert waiting.waits_for == "a slot at whois.denic.de (1 look-up in 60 s)"
            assert do.seconds_until(waiting.id, "run_at") > 50

    def test_nor_for_a_job_whose_server_says_too_often(self, worker: Worker) -> None:
        job_id = look_up.enqueue(fails="throttled").job_id
        for _ in range(5):
            waiting = worker.run(job_id)
            assert (waiting.state, waiting.attempts, waiting.failures) == (JobState.QUEUED, 0, 0)
            assert waiting.waits_for == "whois.denic.de to let us ask again: it said that we asked too often"
            let_pass("shut_until")
            forget_permits()

    def test_nor_while_the_breaker_is_open(self, worker: Worker) -> None:
        open_circuit()
        waiting = worker.perform(look_up)
        assert (waiting.state, waiting.failures) == (JobState.QUEUED, 0)
        assert waiting.waits_for == "whois.denic.de to answer again: its last 5 calls failed"


def test_one_limit_may_be_left_in_another_thread_than_its_neighbours() -> None:
    """Two look-ups are inside at once; the one that fails teaches its own lane."""
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with connection.session(), for_lookup()("whois", "whois.eu"):
            inside.set()
            leave.wait(10)

    other = threading.Thread(target=stay)
    other.start()
    assert inside.wait(10)
    ask_in_vain(Unavailable("no answer"))
    leave.set()
    other.join(10)
    assert (remembered().failures, remembered("whois.eu").failures) == (1, 0)
