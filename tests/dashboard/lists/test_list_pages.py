"""Lists on pages: filters in tokens, orders, sizes, CSV, and views that are each person's own."""

import csv
import io
from collections.abc import Callable

import pytest

from db import connection
from db.access import audit, saved_views
from db.portfolio import clients, domains, registrar_names
from db.portfolio.clients import Client
from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled

HOSTILE = ("' OR 1=1 --", "%", "_", "{ids}", "%s", '\\"', "\N{SNOWMAN}" * 60, "a:b:c", "<script>alert(1)</script>")


@pytest.fixture
def filled(fill: Callable[..., Filled]) -> Filled:
    return fill()


def shown(browser: TestClient, where: str, **params: str) -> str:
    answer = browser.get(where, params=params)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def test_tokens_narrow_a_list_and_older_addresses_mean_the_same(browser: TestClient, filled: Filled) -> None:
    tokens = shown(browser, "/jobs", q="state:dead task:tasks.write")
    assert f'href="/jobs/{filled.dead}"' in tokens
    assert f'href="/jobs/{filled.done}"' not in tokens
    assert 'value="state:dead task:tasks.write"' in shown(browser, "/jobs", state="dead", task="tasks.write")
    assert 'value="ends:&lt;7d"' in shown(browser, "/domains", within="7")
    assert f'href="/domains/{filled.domain}"' in shown(browser, "/domains", q="bak")


LISTS = ("/jobs", "/runs", "/domains", "/endpoints", "/clients", "/alerts", "/invoices", "/mail", "/audit")


@pytest.mark.parametrize("where", LISTS)
def test_what_a_list_does_not_know_is_named_beside_the_field(browser: TestClient, filled: Filled, where: str) -> None:
    page = shown(browser, where, q="nonsense:1")
    assert "nonsense: is nothing that this list knows" in page
    assert 'aria-invalid="true"' in page
    for text in HOSTILE:
        assert "<script>alert" not in shown(browser, where, q=text)
    assert "more than 500" in shown(browser, where, q="a" * 501)
    assert browser.get(where, params={"q": "a\0b"}).status_code == 422
    assert browser.get(where, params={"sort": "password"}).status_code == 422


def test_what_was_probably_meant_is_said(browser: TestClient, filled: Filled) -> None:
    assert "did you mean dead?" in shown(browser, "/jobs", q="state:deed")
    assert "did you mean state?" in shown(browser, "/jobs", q="stat:dead")
    assert "no client is called" in shown(browser, "/domains", q='client:"Nobody at all"')


def test_a_column_sorts_both_ways_and_says_so(browser: TestClient, filled: Filled) -> None:
    page = shown(browser, "/domains", sort="name", q="tld:test")
    assert 'aria-sort="ascending"><a href="/domains?q=tld%3Atest&amp;sort=-name"' in page
    assert 'aria-sort="descending"' in shown(browser, "/domains", sort="-name")


def test_completions_are_keys_and_values_that_there_are(browser: TestClient, filled: Filled) -> None:
    def pieces(begun: str, name: str = "jobs") -> list[str]:
        answer = browser.get(f"/lists/{name}/completions", params={"begun": begun})
        return [one["piece"] for one in answer.json()["completions"]]

    assert pieces("st") == ["state:"]
    assert pieces("state:de") == ["state:dead"]
    assert pieces("nothing:x") == []
    assert len(pieces("task:")) <= 12
    with connection.session():
        name = clients.get(filled.client).name
    assert any(name in one for one in pieces(f'client:"{name[:4]}', "domains"))
    assert any(name in one for one in pieces(f"client:{name[:2].lower()}", "domains"))
    with connection.session():
        registrar = registrar_names.containing("", limit=1)[0].name
    assert any(registrar in one for one in pieces(f"registrar:{registrar[:2].lower()}", "domains"))
    assert browser.get("/lists/nothing/completions").status_code == 404


def test_a_csv_holds_what_is_shown_and_no_formula(browser: TestClient, filled: Filled) -> None:
    with connection.session(), connection.transaction():
        clients.add(Client(name="=cmd()", email="a@b.test"))
    answer = browser.get("/lists/clients/csv", params={"q": "cmd", "sort": "name"})
    assert answer.headers["content-disposition"] == 'attachment; filename="clients.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [one["client"] for one in rows] == ["'=cmd()"]
    with connection.session():
        (entry,) = audit.LIST.page("-id", action="list export").rows
    assert (entry.subject, entry.details) == ("clients", {"filter": "cmd", "sort": "name"})
    assert browser.get("/lists/clients/csv", params={"q": "x:y"}).status_code == 422
    for name in ("jobs", "runs", "domains", "endpoints", "alerts", "invoices", "mails", "audit"):
        assert browser.get(f"/lists/{name}/csv").status_code == 200, name


def test_a_page_has_as_many_rows_as_its_reader_likes(browser: TestClient, filled: Filled) -> None:
    with connection.session(), connection.transaction():
        for number in range(60):
            domains.add(f"many-{number}.test", client_id=filled.client)
    rows = shown(browser, "/domains", q="many").count('data-label="Domain"')
    assert browser.post("/lists/page-size", data={"size": "25", "next": "/domains"}).status_code == 303
    assert (rows, shown(browser, "/domains", q="many").count('data-label="Domain"')) == (50, 25)
    assert browser.post("/lists/page-size", data={"size": "1000000000"}).status_code == 422


def test_views_are_saved_renamed_and_removed_and_are_nobody_elses(browser: TestClient, filled: Filled) -> None:
    asked = {"view": "Given up", "q": "state:dead", "sort": "id", "next": "/jobs"}
    assert browser.post("/lists/jobs/views", data=asked).status_code == 303
    assert "Given up" in shown(browser, "/jobs")
    with connection.session():
        ((view_id, user_id),) = connection.execute("SELECT id, user_id FROM saved_view")
        other = connection.execute("SELECT id FROM account WHERE id <> %s LIMIT 1", user_id)
        with pytest.raises(LookupError):
            saved_views.require(other[0][0] if other else user_id + 1, view_id)
    browser.post(f"/views/{view_id}", data={"view": "Dead", "next": "/jobs"})
    assert "Dead</a>" in shown(browser, "/jobs")
    browser.post(f"/views/{view_id}/removal", data={"next": "/jobs"})
    assert browser.post(f"/views/{view_id}", data={"view": "x"}).status_code == 404
    with connection.session():
        done = [one.action for one in audit.LIST.page("-id", subject="view of jobs").rows]
    assert done == ["view remove", "view rename", "view save"]
    wrong = {"view": "x", "q": "stat:dead", "next": "/jobs"}
    browser.post("/lists/jobs/views", data=wrong)
    with connection.session():
        assert connection.execute("SELECT COUNT(*) FROM saved_view") == [(0,)]
