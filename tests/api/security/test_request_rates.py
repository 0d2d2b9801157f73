"""How often a token, a session and a network may ask; what is never counted; what cannot be asked for."""

import pytest

import settings
from api_stub.security import request_rates
from api_stub.security.request_rates import RequestRates
from rules.access import Role
from tasks.engine import task as tasks
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

SLOW = {"requests_per_token": 60, "requests_per_session": 120, "requests_per_network": 60}
AT_ONCE = 10  # of sixty a minute


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_what_was_not_used_may_come_at_once_and_then_each_has_its_time() -> None:
    clock = Clock()
    rates = RequestRates(clock)
    assert [rates.take("a", 60) for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
    assert rates.take("a", 60) == pytest.approx(1.0)
    assert rates.take("a", 60) == pytest.approx(1.0), "who is refused is not set back"
    assert rates.take("b", 60) == 0.0
    clock.now += 1
    assert [rates.take("a", 60) == 0.0 for _ in range(2)] == [True, False]
    clock.now += 3600
    assert [rates.take("a", 60) == 0.0 for _ in range(AT_ONCE + 1)] == [True] * AT_ONCE + [False]


def test_a_crowd_of_callers_is_not_remembered_for_ever_and_the_busiest_stay_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_rates, "_MOST", 100)
    rates = RequestRates(Clock())
    while rates.take("busy", 60) == 0.0:
        pass
    for number in range(1000):
        assert rates.take(f"stranger {number}", 60) == 0.0
    assert len(rates._arrivals) <= 100
    assert rates.take("busy", 60) > 0


def refused_after(browser: TestClient, path: str, *, most: int) -> int:
    """Return how many requests are answered before one is refused."""
    for number in range(most):
        answer = browser.get(path)
        if answer.status_code == 429:
            assert answer.json()["type"] == "/problems/too-many-requests"
            assert int(answer.headers["retry-after"]) >= 1
            return number
    return most


@on_sqlite
class TestRequests:
    def test_each_token_and_each_session_has_a_count_of_its_own(self, surface: Surface) -> None:
        surface = surface.apart()
        with settings.override(**SLOW):
            token, other = surface.with_token(Role.OWNER), surface.with_token(Role.OWNER)
            session = surface.signed_in(Role.OWNER)
            assert AT_ONCE <= refused_after(token, "/api/runs", most=100) < 100
            assert other.get("/api/runs").status_code == 200
            assert 2 * AT_ONCE <= refused_after(session, "/api/runs", most=200) < 200
            assert surface.signed_in(Role.OWNER).get("/").status_code == 200

    def test_strangers_of_a_network_share_one_and_keep_nobody_out_who_is_known(self, surface: Surface) -> None:
        surface = surface.apart()
        with settings.override(**SLOW):
            forged = surface.client(headers={"authorization": "Bearer nlp_forged"})
            assert AT_ONCE <= refused_after(forged, "/api/runs", most=100) < 100
            assert surface.client().get("/sign-in").status_code == 429
            assert surface.with_token(Role.VIEWER).get("/api/runs").status_code == 200

    def test_health_and_what_every_page_needs_is_not_counted(self, surface: Surface) -> None:
        surface = surface.apart()
        with settings.override(**SLOW):
            for path in ("/health/live", "/health/ready", "/favicon.ico"):
                assert refused_after(surface.client(), path, most=3 * AT_ONCE) == 3 * AT_ONCE


@pytest.mark.parametrize("name", SLOW)
def test_a_limit_that_would_keep_people_from_their_work_is_refused(name: str) -> None:
    assert getattr(settings.load(**{name: SLOW[name]}), name) == SLOW[name]
    with pytest.raises(settings.BadSettings, match=name.upper()):
        settings.load(**{name: SLOW[name] - 1})


@on_sqlite
def test_nobody_triggers_what_nolapse_asks_for_itself(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    shown = {one["name"] for one in owner.get("/api/triggers").json()}
    internal = {name for name, one in tasks.declared().items() if one.internal}
    assert internal >= {"access.send_link", "oidc.exchange", "alerts.ended_badly", "certificates.scan_batch"}
    assert not shown & internal
    answer = owner.post("/api/triggers/alerts.ended_badly", json={"task": "domains.check", "state": "dead"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
