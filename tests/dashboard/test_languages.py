"""In which language pages are shown: that of the person, else of the browser, else of the installation."""

import pytest

import settings
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def spoken(browser: TestClient, liked: str = "", path: str = "/sign-in") -> str:
    """Return the language that a page says it is in."""
    headers = {"accept": "text/html", "accept-language": liked}
    return browser.get(path, headers=headers).text.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("liked", "language"),
    [("de", "de"), ("de-AT,en;q=0.5", "de"), ("fr,en;q=0.9,de;q=0.5", "en"), ("de;q=0,en", "en"), ("zz;q=x", "en")],
)
def test_a_stranger_reads_what_the_browser_likes(surface: Surface, liked: str, language: str) -> None:
    assert spoken(surface.client(), liked) == language


@pytest.mark.parametrize("liked", ["", "fr", "*;q=0.1"])
def test_without_a_wish_it_is_the_installations(surface: Surface, liked: str) -> None:
    with settings.override(language="de"):
        assert spoken(surface.client(), liked) == "de"
        assert spoken(surface.client(), "en") == "en"


def test_a_persons_own_counts_more_than_the_browsers(browser: TestClient) -> None:
    browser.post("/account/profile", data={"full_name": "", "zone": "UTC", "language": "de"})
    assert spoken(browser, "en", "/") == "de"
    assert browser.get("/api/no-such", headers={"accept-language": "de"}).json()["title"] == "Not Found"
