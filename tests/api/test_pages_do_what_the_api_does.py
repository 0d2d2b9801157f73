"""Whatever programs can create, change or remove, people can on a page: each route of the API has its form."""

from typing import Final

import pytest

from api_stub.security import policy

Key = tuple[str, str]

ELSEWHERE: Final[dict[Key, str]] = {
    ("PATCH", "/api/account"): "/account/profile",
    ("PUT", "/api/account/alerts"): "/account/alerts",
    ("DELETE", "/api/account/identities/{identity_id}"): "/account/identities/{identity_id}/unlink",
    ("POST", "/api/account/identities/{provider}"): "/account/identities/{provider}/link",
    ("DELETE", "/api/account/passkeys/{passkey_id}"): "/account/passkeys/{passkey_id}/remove",
    ("PATCH", "/api/account/passkeys/{passkey_id}"): "/account/passkeys/{passkey_id}/name",
    ("PUT", "/api/account/password"): "/account/password",
    ("PUT", "/api/account/second-factor"): "/account/second-factor/confirm",
    ("POST", "/api/account/second-factor/removal"): "/account/second-factor/remove",
    ("DELETE", "/api/account/sessions"): "/account/other-sessions/end",
    ("DELETE", "/api/account/sessions/{session_id}"): "/account/sessions/{session_id}/end",
    ("DELETE", "/api/account/tokens/{token_id}"): "/account/tokens/{token_id}/revoke",
    ("POST", "/api/alert-channels/{channel}/tests"): "/alert-channels/{channel}/test",
    ("POST", "/api/alert-deliveries/{delivery_id}/replays"): "/alert-deliveries/{delivery_id}/replay",
    ("DELETE", "/api/alert-routes/{route_id}"): "/alert-routes/{route_id}/remove",
    ("PUT", "/api/alert-routes/{route_id}"): "/alert-routes",
    ("POST", "/api/alerts/{alert_id}/ack"): "/alerts/{alert_id}",
    ("POST", "/api/alerts/{alert_id}/close"): "/alerts/{alert_id}",
    ("POST", "/api/alerts/{alert_id}/notes"): "/alerts/{alert_id}",
    ("POST", "/api/alerts/{alert_id}/snooze"): "/alerts/{alert_id}",
    ("DELETE", "/api/billing-items/{item_id}"): "/billing-items/{item_id}/removal",
    ("PATCH", "/api/billing-items/{item_id}"): "/billing-items/{item_id}",
    ("PATCH", "/api/bulk/{nouns}"): "/domains",
    ("POST", "/api/bulk/{nouns}"): "/import",
    ("POST", "/api/bulk/{nouns}/removal"): "/endpoints/bulk",
    **{
        (method, f"/api/{noun}s/{{{noun}_id}}"): f"/{noun}s/{{{noun}_id}}{where}"
        for noun in ("client", "domain", "endpoint")
        for method, where in (("PATCH", ""), ("DELETE", "/removal"))
    },
    ("POST", "/api/domains"): "/domains/new",
    ("PUT", "/api/clients/{client_id}/billing"): "/clients/{client_id}/billing",
    ("POST", "/api/direct-uploads"): "/documents",
    ("POST", "/api/direct-uploads/{upload_id}/sent"): "/documents",
    ("DELETE", "/api/documents/{document_id}"): "/documents/{document_id}/delete",
    ("PATCH", "/api/documents/{document_id}"): "/documents/{document_id}/hold",
    ("POST", "/api/documents/{document_id}/client-links"): "/documents/{document_id}/links",
    ("DELETE", "/api/documents/{document_id}/links/{link_id}"): "/documents/{document_id}/links/{link_id}/withdraw",
    ("POST", "/api/failures/discard"): "/dead/groups/discard",
    ("POST", "/api/failures/discards/{discard_id}/undo"): "/dead/discards/{discard_id}/undo",
    ("PUT", "/api/failures/note"): "/dead/groups/note",
    ("POST", "/api/failures/retry"): "/dead/groups/retry",
    ("POST", "/api/invoices/{invoice_id}/credit-notes"): "/invoices/{invoice_id}/credit",
    ("PATCH", "/api/jobs/{job_id}"): "/jobs/{job_id}/priority",
    ("POST", "/api/jobs/retry"): "/dead/retries",
    ("POST", "/api/mails/{mail_id}/settlement"): "/mail/{mail_id}/settlement",
    ("PUT", "/api/letters/{name}/{language}"): "/letters/{name}",
    ("PUT", "/api/products/{product_id}"): "/products/{product_id}",
    ("PATCH", "/api/schedules/{name}"): "/schedules/{name}/times",
    ("PUT", "/api/senders/{sender_id}"): "/senders/{sender_id}",
    ("DELETE", "/api/service-accounts/{user_id}"): "/service-accounts/{user_id}/disable",
    ("DELETE", "/api/service-accounts/{user_id}/tokens/{token_id}"): (
        "/service-accounts/{user_id}/tokens/{token_id}/revoke"
    ),
    ("POST", "/api/sessions"): "/sign-in",
    ("DELETE", "/api/sessions/current"): "/sign-out",
    ("DELETE", "/api/subscriptions/{subscription_id}/periods/{number}/change"): (
        "/subscriptions/{subscription_id}/periods/{number}/restoration"
    ),
    ("DELETE", "/api/suppressions/{suppression_id}"): "/suppressions/{suppression_id}/lift",
    ("POST", "/api/triggers/{job}"): "/tasks/{task}",
    ("PATCH", "/api/users/{user_id}"): "/users/{user_id}/role",
    ("DELETE", "/api/users/{user_id}/second-factor"): "/users/{user_id}/second-factor/reset",
    ("DELETE", "/api/users/{user_id}/sessions"): "/users/{user_id}/sessions/end",
    ("DELETE", "/api/users/{user_id}/tokens/{token_id}"): "/users/{user_id}/tokens/{token_id}/revoke",
}
"""What stands on pages under another address than the API's without ``/api``."""

OTHERWISE_ALLOWED: Final = {
    ("POST", "/api/bulk/{nouns}/removal"),  # one form for several actions: what removes asks for that permission itself
    ("POST", "/api/documents/{document_id}/links"),  # the page makes links for clients with it
}
"""Where the form's permission is not the route's."""

OF_SCRIPTS: Final = ("/api/auth/", "/api/account/passkeys/options")
"""What the scripts of the sign-in pages ask themselves."""

CHANGES: Final = sorted(
    (method, path)
    for method, path in policy.POLICIES
    if method not in {"GET", "HEAD"} and path.startswith("/api/") and not path.startswith(OF_SCRIPTS)
)


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_page_does_it_too(method: str, path: str) -> None:
    page = ("POST", ELSEWHERE.get((method, path), path.removeprefix("/api")))
    assert page in policy.POLICIES, f"no page does what {method} {path} does"
    if (method, path) not in OTHERWISE_ALLOWED:
        assert policy.POLICIES[page].permission == policy.POLICIES[method, path].permission


def test_no_line_above_is_of_a_route_that_is_gone() -> None:
    assert set(ELSEWHERE) - set(CHANGES) == set()
