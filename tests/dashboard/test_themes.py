"""The colours that a person chose are there before any script runs, and nothing else can be chosen."""

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
