"""Axe reads every page in the journeys, or there is a reason why not."""

from typing import Final

from dashboard import pages
from tests.journeys.test_browser import PAGES

UNREAD: Final = {
    **dict.fromkeys(
        (
            "/first-owner/{token}", "/invitation/{token}", "/reset/{token}", "/sign-in/link/{token}",
            "/sign-in/mailed/{token}", "/sign-out", "/reset", "/second-factor", "/second-factor/set-up",
        ),
        "works once, or for who is not signed in: tests/journeys/test_people.py",
    ),
    **dict.fromkeys(
        ("/answer/{token}", "/unsubscribe/{token}", "/pay/{token}"), "asks for a mail that was sent, or for Stripe"
    ),
    **dict.fromkeys(("/lookups/{lookup_id}", "/billing-items/{item_id}"), "one row, which no schedule makes"),
    **dict.fromkeys(
        (
            "/audit/export", "/live", "/static/{name}", "/favicon.ico", "/lists/{name}/completions",
            "/lists/{name}/csv", "/invoices/{invoice_id}/document", "/documents/{document_id}/file",
            "/documents/{document_id}/preview", "/d/{token}/file", "/letters/{name}/preview", "/invoice-export",
            "/pay/{token}/document", "/pay/{token}/e-invoice", "/status/{token}/ends.ics",
            "/status/{token}/badges/{kind}/{name}",
        ),
        "no page",
    ),
}  # fmt: skip


def test_axe_reads_every_page_or_there_is_a_reason_why_not() -> None:
    shown = [one for one in pages.router().routes if "GET" in (one.methods or ())]  # type: ignore[attr-defined]
    read = ("/sign-in", "/status/x", *(one.partition("?")[0] for one in PAGES))

    def meant(path: str) -> str | None:
        return next((one.path for one in shown if one.path_regex.fullmatch(path)), None)  # type: ignore[attr-defined]

    assert {one.path for one in shown} - {*map(meant, read)} == set(UNREAD)  # type: ignore[attr-defined]
