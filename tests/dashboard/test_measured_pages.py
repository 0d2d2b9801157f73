"""`make bench` asks for every page, or there is a reason why not."""

from typing import Final

import pytest

from dashboard import pages
from tests.api.browser import TestClient
from tests.benches.pages import ADDRESSES
from tests.faults.marks import on_sqlite

UNMEASURED: Final = {
    **dict.fromkeys(
        (
            "/sign-in",
            "/sign-out",
            "/sign-in/link/{token}",
            "/sign-in/mailed/{token}",
            "/reset",
            "/reset/{token}",
            "/invitation/{token}",
            "/first-owner/{token}",
            "/second-factor",
            "/second-factor/set-up",
        ),
        "a form alone, for who is not signed in",
    ),
    **dict.fromkeys(
        (
            "/answer/{token}",
            "/unsubscribe/{token}",
            "/d/{token}",
            "/d/{token}/file",
            "/status/{token}",
            "/pay/{token}",
            "/pay/{token}/document",
            "/pay/{token}/e-invoice",
            "/status/{token}/ends.ics",
            "/status/{token}/badges/{kind}/{name}",
        ),
        "behind a signed link, over one client",
    ),
    **dict.fromkeys(
        ("/audit/export", "/lists/{name}/csv", "/invoice-export", "/live"), "a stream, which has no end that counts"
    ),
    **dict.fromkeys(("/static/{name}", "/favicon.ico"), "a file of the process"),
    **dict.fromkeys(
        (
            "/invoices/{invoice_id}/document",
            "/documents/{document_id}",
            "/documents/{document_id}/file",
            "/documents/{document_id}/preview",
        ),
        "needs the bytes of a document: tests/benches/documents.py",
    ),
    **dict.fromkeys(
        (
            "/lookups/{lookup_id}",
            "/letters/{name}/preview",
            "/users/{user_id}",
            "/senders/{sender_id}",
            "/products/{product_id}",
            "/products/{product_id}/edit",
            "/products/{product_id}/price-raise",
            "/billing-items/{item_id}",
            "/subscriptions/{subscription_id}/periods/{number}",
        ),
        "one row, of a table of which there are few",
    ),
}


def test_every_page_is_measured_or_says_why_not() -> None:
    shown = [one for one in pages.router().routes if "GET" in (one.methods or ())]  # type: ignore[attr-defined]

    def meant(path: str) -> str | None:
        return next((one.path for one in shown if one.path_regex.fullmatch(path)), None)  # type: ignore[attr-defined]

    measured = {meant(one.partition("?")[0]) for one in ADDRESSES}
    left = {one.path for one in shown} - measured  # type: ignore[attr-defined]
    assert left == set(UNMEASURED)


@on_sqlite
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_measured_is_an_address_that_there_is(browser: TestClient, address: str) -> None:
    assert browser.get(address).status_code in {200, 404, 503}, "404 is a row that is not there, 503 is readiness"
