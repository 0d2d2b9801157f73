"""Charts say what the sums say, for eyes and as tables, in the reader's zone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.rendering.charts import said
from db import connection
from db.billing import invoices
from db.trends import time_sums
from db.trends.time_sums import Sample
from rules import trends
from rules.trends import WINDOWS, Trend
from tasks.outside import limiter
from tasks.trends import sum_up
from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def test_the_page_says_what_the_sums_say(browser: TestClient) -> None:
    now = datetime.now(UTC)
    with connection.session(), connection.transaction():
        time_sums.add({
            Sample(Trend.RAN, "domains.check", now, trends.class_of(2.0)): 40,
            Sample(Trend.FAILED, "domains.check", now): 3,
            Sample(Trend.ENDED, "lookup", now, trends.class_of(0.2)): 40,
            Sample(Trend.DEPTH, "lookup", now): 7000,
            Sample(Trend.CALLED, "rdap ok", now, trends.class_of(0.3)): 11,
            Sample(Trend.CALLED, "rdap unavailable", now, trends.class_of(9.0)): 2,
            Sample(Trend.BILLED, "EUR", now - timedelta(days=2)): 119000,
            Sample(Trend.PAID, "JPY", now): 500,
        })  # fmt: skip
    for window in WINDOWS:
        html = browser.get("/trends", params={"window": window.name}).text
        assert "37 went well" in html, window
        assert "3 went wrong" in html
        assert "7,000" in html
        assert "11 ok" in html
        assert ("Money in EUR" in html) == (window.span_s == 86400)
    html = browser.get("/trends?window=month").text
    assert "1,190" in html
    assert "500" in html
    assert "37 went well" not in browser.get("/trends?task=dns.read").text
    assert browser.get("/trends?window=century").status_code == 422


def test_a_lane_s_use_is_a_share_of_what_its_server_allows(browser: TestClient) -> None:
    now = datetime.now(UTC)
    denic = limiter.lane_of("whois.denic.de")
    with connection.session(), connection.transaction():
        time_sums.add({
            Sample(Trend.ASKED, denic.name, now): 3600,
            Sample(Trend.ASKED, "rdap.unpaced.test", now): 7,
        })  # fmt: skip
    html = browser.get("/trends?window=day").text
    assert f"{said(100 * 3600 * denic.period_s / 86400)} %" in html
    assert f"{said(100 * 3600 * denic.period_s / 3600)} %" in html
    assert denic.words in html
    assert "as often as we like" in html


def test_the_last_minutes_are_shown_before_they_are_summed_up(
    browser: TestClient, fill: Callable[..., Filled], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.ledger.metrics.SETTLED_S", -60)
    fill()

    def tasks(window: str) -> str:
        return browser.get(f"/trends?window={window}").text.partition('id="tasks"')[2].partition('id="queues"')[0]

    before = tasks("minutes")
    assert "tasks.write" in before
    assert "tasks.write" not in tasks("hour")
    with connection.session():
        sum_up()
    assert tasks("minutes") == before
    assert "tasks.write" in tasks("hour")


def test_money_is_that_of_the_invoices_on_their_day(
    browser: TestClient, fill: Callable[..., Filled], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.ledger.metrics.SETTLED_S", -60)
    filled = fill()
    with connection.session():
        sum_up()
        gross = invoices.require(filled.invoice).gross
    html = browser.get("/trends?window=month").text
    assert "Money in EUR" in html
    assert f'<td class="num">{said(float(gross.amount))}</td>' in html


def test_what_strangers_and_addresses_say_is_text(browser: TestClient, fill: Callable[..., Filled]) -> None:
    fill()
    html = browser.get("/trends", params={"task": "<b>x", "queue": '"><script>'}).text
    assert "<b>x" not in html
    assert '"><script>' not in html
