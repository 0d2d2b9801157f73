"""The frame of each page: colours that are there before any script runs, and a menu also where there is nothing."""

from tests.api.browser import TestClient
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def test_colours_are_chosen_kept_and_left_to_the_system_again(browser: TestClient) -> None:
    assert "data-theme" not in browser.get("/").text
    for theme in ("dark", "light"):
        answer = browser.post("/theme", data={"theme": theme, "next": "/domains?show=newest"})
        assert answer.headers["location"] == "/domains?show=newest"
        assert f'<html lang="en" data-theme="{theme}">' in browser.get("/").text
    browser.post("/theme", data={"theme": "system"})
    assert "data-theme" not in browser.get("/").text


def test_no_other_colours_and_no_other_site(browser: TestClient) -> None:
    assert browser.post("/theme", data={"theme": "red"}).status_code == 422
    answer = browser.post("/theme", data={"theme": "dark", "next": "https://evil.test/"})
    assert answer.headers["location"] == "/"


def test_an_address_that_nobody_has_leads_on_by_the_menu(browser: TestClient) -> None:
    answer = browser.get("/no-such-page")
    assert answer.status_code == 404
    assert 'href="/domains"' in answer.text
    assert "Sign out" in answer.text
    browser.cookies.clear()
    assert 'href="/domains"' not in browser.get("/no-such-page").text
