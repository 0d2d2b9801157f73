"""Slots: in Redis as the rule says, for all processes together; in the database while Redis is away."""

import ipaddress
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

import settings
from rules.rate_limits import lanes as rules
from rules.rate_limits.lanes import Lane
from tasks.outside import limiter
from tests.faults.marks import on_sqlite
from tests.support import ledger as do
from tests.support.forked import ROOT
from tests.support.servers import RedisServer

HOURLY = Lane("whois.nic.uk", 3600.0, 5, "a test")


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[RedisServer]:
    """A private Redis that the settings name."""
    with settings.override(redis_url_given=SecretStr(redis_server.url)):
        yield redis_server


def keys(redis: RedisServer) -> list[bytes]:
    with redis.client() as client:
        return client.keys("*")


class TestInRedis:
    @pytest.fixture(autouse=True)
    def _waits_for_redis(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A Redis that a machine under load holds up is no Redis that is away."""
        monkeypatch.setattr(limiter, "_TIMEOUT_S", 300.0)

    def test_a_burst_is_let_through_and_no_more(self, redis: RedisServer) -> None:
        permits = [limiter.acquire(HOURLY) for _ in range(8)]
        assert [permit.taken for permit in permits] == [True] * 5 + [False] * 3

    def test_those_without_a_slot_have_places_behind_one_another(self, redis: RedisServer) -> None:
        waits = [permit.wait_s for permit in (limiter.acquire(HOURLY) for _ in range(8)) if not permit.taken]
        assert [round(wait / 3600) for wait in waits] == [1, 2, 3]

    def test_while_the_server_is_shut_nobody_has_a_slot_and_the_line_begins_when_it_opens(
        self, redis: RedisServer
    ) -> None:
        permits = [limiter.acquire(HOURLY, open_s=600) for _ in range(3)]
        assert [permit.taken for permit in permits] == [False] * 3
        assert [round(permit.wait_s) for permit in permits] == [600, 4200, 7800]
        assert limiter.acquire(HOURLY).taken, "nobody has taken a permit meanwhile"

    def test_a_line_is_a_day_long_at_the_most(self, redis: RedisServer) -> None:
        waits = [limiter.acquire(HOURLY, open_s=1).wait_s for _ in range(40)]
        assert max(waits) == 86400

    def test_the_patient_wait_for_the_next_slot_and_it_is_theirs(self, redis: RedisServer) -> None:
        lane = Lane("whois.x", 3600.0, 1, "a test")
        assert limiter.acquire(lane).taken
        permit = limiter.acquire(lane, patience_s=4000)
        assert permit.taken
        assert 3000 < permit.wait_s <= 3600
        assert not limiter.acquire(lane, patience_s=600).taken

    def test_it_says_what_the_rule_says_of_the_same_moments(self, redis: RedisServer) -> None:
        lane, patience_s = Lane("whois.x", 0.004, 3, "a test"), 0.006
        with redis.client() as client:
            script = client.register_script(limiter._ACQUIRE)
            tat = 0.0
            for _ in range(300):
                taken, wait, now = script(keys=["x"], args=[4000, 3, 6000, 0, 5_000_000, 86_400_000_000])
                tat, wait_s = rules.admit(tat, now / 1e6, lane, patience_s=patience_s)
                assert bool(taken) == (wait_s <= patience_s)
                if taken:
                    assert wait / 1e6 == pytest.approx(wait_s, abs=1e-5)

    def test_two_processes_share_one_lane(self, redis: RedisServer) -> None:
        program = (
            "from rules.rate_limits.lanes import Lane; from tasks.outside import limiter;"
            "lane = Lane('whois.nic.uk', 3600.0, 5, 'a test'); limiter.acquire(lane, open_s=1);"
            "print('ready', flush=True); input();"
            "print(sum(limiter.acquire(lane).taken for _ in range(50)))"
        )
        started = [
            subprocess.Popen(
                [sys.executable, "-c", program],
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"REDIS_URL": redis.url},
            )
            for _ in range(2)
        ]
        for one in started:
            assert one.stdout
            assert one.stdout.readline() == "ready\n"
        taken = [int(one.communicate("\n", timeout=30)[0]) for one in started]
        assert sum(taken) == 5, taken

    def test_what_it_keeps_is_small_and_goes_by_itself(self, redis: RedisServer) -> None:
        lane = Lane("whois.x", 10.0, 1, "a test")
        for _ in range(100):
            limiter.acquire(lane)
        assert keys(redis) == [b"dramatiq:lane:whois.x"]
        with redis.client() as client:
            assert client.strlen("dramatiq:lane:whois.x") < 40
            assert 0 < client.pttl("dramatiq:lane:whois.x") <= 100 * 10_000 + 100

    def test_a_lane_that_is_not_paced_leaves_nothing_there(self, redis: RedisServer) -> None:
        lane = Lane("rdap.sandbox.test", 0.0, 1, "a test")
        assert all(limiter.acquire(lane).taken for _ in range(100))
        assert limiter.acquire(lane, open_s=60) == limiter.Permit(taken=False, wait_s=60)
        assert keys(redis) == []

    def test_an_emptied_redis_gives_one_burst_more_and_no_error(self, redis: RedisServer) -> None:
        assert sum(limiter.acquire(HOURLY).taken for _ in range(20)) == 5
        redis.empty()
        with redis.client() as client:
            client.script_flush()
        assert sum(limiter.acquire(HOURLY).taken for _ in range(20)) == 5


@on_sqlite
class TestWithoutRedis:
    def test_the_database_keeps_the_lane_for_all_threads_without_a_burst(self, ledger: str, redis: RedisServer) -> None:
        redis.stop()
        permits = do.at_once(6, lambda _place: limiter.acquire(HOURLY))
        assert sum(permit.taken for permit in permits) == 1
        assert all(3600 < permit.wait_s <= 7200 for permit in permits if not permit.taken), "at half the pace"

    def test_a_circuit_that_is_open_stays_so(self, ledger: str, redis: RedisServer) -> None:
        redis.stop()
        assert limiter.acquire(HOURLY, open_s=60) == limiter.Permit(taken=False, wait_s=60)

    def test_when_redis_is_back_it_is_asked_again(self, ledger: str, redis: RedisServer) -> None:
        redis.stop()
        limiter.acquire(HOURLY)
        redis.start()
        assert sum(limiter.acquire(HOURLY).taken for _ in range(20)) == 5

    def test_a_redis_that_stalls_is_given_up_soon(self, ledger: str, redis: RedisServer) -> None:
        assert limiter.acquire(HOURLY).taken
        redis.freeze()
        assert limiter.acquire(HOURLY).taken, "by the database"
        redis.thaw()


class TestOf:
    @pytest.mark.parametrize(
        ("server", "period_s"),
        [
            ("127.0.0.1:4343", 0.0),
            ("[fd00::1]:43", 0.0),
            ("rdap.intranet.corp", 0.0),
            ("exact.corp:8080", 0.0),
            ("192.0.2.1:4343", 2.0),
            ("intranet.corp", 2.0),
            ("whois.denic.de", 3.0),
        ],
    )
    def test_what_stands_in_our_own_networks_is_not_paced(self, server: str, period_s: float) -> None:
        with settings.override(
            allowed_networks=(ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8")),
            hosts={"*.intranet.corp": "10.0.0.7", "exact.corp": "10.0.0.8"},
            lanes={"whois.denic.de": 20},
        ):
            assert limiter.lane_of(server).period_s == period_s
