"""Strips: small bars of what came of the last checks, scans and firings, and one sentence that says the same."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dashboard.rendering import strips
from dashboard.rendering.strips import Bar, Strip
from db import connection
from db.ledger import schedules
from db.portfolio import domains, endpoint_lists, endpoints
from rules.domains.recent_checks import RecentCheck
from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled, found
from tests.faults.marks import on_sqlite
from tests.support import scans

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_each_colour_is_one_path_and_the_newest_bar_is_at_the_right() -> None:
    strip = Strip([Bar(AT, word) for word in ("ok", "fault", "ok")])
    *drawn, (colour, empty) = strip.paths()
    assert drawn == [("good", "M87 0h2v16h-2zM81 0h2v16h-2z"), ("bad", "M84 9h2v7h-2z")]
    assert (colour, empty.count("M")) == ("none", strips.MOST - 3)


def test_a_row_of_which_nothing_came_yet_has_its_empty_places() -> None:
    ((colour, data),) = Strip([]).paths()
    assert (colour, data.count("M")) == ("none", strips.MOST)
    assert Strip([]).said() == "Nothing yet"


def test_it_says_how_many_there_are_of_each_and_which_is_the_newest() -> None:
    checks = [RecentCheck(AT, "registered"), RecentCheck(AT, "registered"), RecentCheck(AT, "failed")]
    assert strips.of_checks(checks).said() == "The last 3: 2 registered, 1 failed. The newest: failed"


def test_no_more_bars_are_drawn_than_there_is_room_for() -> None:
    ((_, data),) = Strip([Bar(AT, "ok")] * 50).paths()
    assert data.count("M") == strips.MOST
    assert "M0 0" in data


def test_the_newest_of_each_are_found_the_oldest_first(fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session(), connection.transaction():
        for hour in range(40):
            at = datetime.now(UTC) + timedelta(hours=hour)
            scans.save(endpoints.get(filled.endpoint), found("x", at, serial=f"{hour:020x}"), at=at)
            for name in ("domains", "mail"):
                schedules.decide(name, AT + timedelta(hours=hour), "skipped" if hour == 39 else "fired", None)
    with connection.session():
        outcomes = endpoint_lists.outcomes([filled.endpoint, filled.mail_host, 999])
        assert [len(one) for one in outcomes.values()] == [30, 1, 0]
        assert outcomes[filled.endpoint] == sorted(outcomes[filled.endpoint])
        past = schedules.histories(["domains", "mail", "alerts"])
        assert {name: len(one) for name, one in past.items()} == {"domains": 30, "mail": 30, "alerts": 0}
        assert [one.outcome for one in past["mail"][-2:]] == ["fired", "skipped"]


@on_sqlite
def test_lists_show_them_with_words_for_who_does_not_see_them(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session():
        assert [one.word for one in domains.get(filled.domain).recent_checks] == ["registered"]
    assert ">One so far: registered<" in browser.get("/domains").text
    assert ">The last 2: 2 fault. The newest: fault<" in browser.get("/endpoints").text
    assert "One so far: fired<" in browser.get("/schedules").text
