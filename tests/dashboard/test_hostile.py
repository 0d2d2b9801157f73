"""What strangers write - registries, certificates, relays, clients - is shown as plain text and does nothing."""

import re
from collections.abc import Callable

import pytest

from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite
from tests.support.hostile_texts import CONTROLS, PAYLOADS, SCRIPT, SHOWN

pytestmark = on_sqlite


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_of_strangers_is_text(browser: TestClient, fill: Callable[..., Filled], payload: str) -> None:
    filled = fill(payload)
    shown = 0
    for path in filled.paths:
        html = browser.get(path).text
        assert (
            re.sub(r'<script src="/static/[a-z]+\.js\?v=[0-9a-f]{12}" defer></script>', "", html).count("<script") == 0
        ), path
        assert not re.search(r'<(img src=x|svg (?!class="(?:life|bars))|b)\b', html), path
        assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', html)), path
        assert 'href="javascript:' not in html, path
        shown += payload.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace(
            "'", "&#39;"
        ) in html  # fmt: skip
    assert shown > 15, "it is shown, and it is shown whole"


def test_what_was_searched_for_is_text_too(browser: TestClient) -> None:
    for path in ("/search", "/domains", "/endpoints", "/clients", "/mail"):
        name = "to" if path == "/mail" else "q"
        html = browser.get(path, params={name: f'"{SCRIPT}'}).text
        assert SCRIPT not in html
        assert "&lt;script&gt;alert(1)" in html, path


def test_nothing_hides_or_reorders_what_is_read(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill(CONTROLS)
    shown = 0
    for path in filled.paths:
        html = browser.get(path).text
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b\x1b\x07\x00]", html), path
        shown += SHOWN in html
    assert shown > 15


def test_a_name_without_end_does_not_break_a_page(browser: TestClient, fill: Callable[..., Filled]) -> None:
    for path in fill("x" * 190).paths:
        assert browser.get(path).status_code == 200, path
