"""Who may do what: one line for each route, the API's and the pages'. What has no line is refused to everybody.

A line names a permission; ``rules.access.PERMISSIONS`` says which roles have it. A page of the dashboard adds its line
to ``_PAGES``: ``("GET", "/jobs"): page(_READ)``. tests/api/test_policy.py fails for a route without a line and for a
line without a route.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rules.access import Permission, Scope


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route asks of its caller."""

    permission: Permission | None
    """What the caller's role must have; None: anybody, signed in or not."""
    scope: Scope | None = None
    """What an API token must be good for; None: no token will do, only a session."""
    whole: bool = False
    """Whether it shows or changes what belongs to no client: who is limited to some clients may not use it. The others
    show and change what is theirs alone, and answer 404 for the rest."""
    csrf: bool = True
    """Whether what is not a GET needs the CSRF token. False only where no cookie gives the caller any right."""
    loopback: bool = False
    """Whether a caller on this very machine needs no role, except in production."""
    waits: bool = False
    """Whether its function waits for a job outside of transactions, and minds an Idempotency-Key itself."""
    private: bool = False
    """Whether an answer holds a secret, or a failure counts: no answer is kept under an Idempotency-Key."""
    counted: bool = True
    """Whether a request counts against what its caller may ask: ``request_rates``."""


PUBLIC = Policy(None)
_UNCOUNTED = Policy(None, counted=False)
"""What costs next to nothing, and is asked by machines all day or by every page."""


def page(of: Policy) -> Policy:
    """Return the policy of a page: only a session opens it, and who has none is sent to /sign-in?next=..."""
    return replace(of, scope=None)


_OWN = Policy(Permission.ACCOUNT, private=True)
"""One's own account: a session alone, so that no token makes tokens or changes a password."""
_PEOPLE = Policy(Permission.PEOPLE, whole=True)
"""Who may come in, and how: a session alone, for the same reason."""
_FIRST = Policy(Permission.OWNERS, whole=True)
"""The first steps of an installation, which its first owner takes."""
_READ = Policy(Permission.READ, Scope.READ)
_READ_WHOLE = replace(_READ, whole=True)
_JOBS = Policy(Permission.JOBS, Scope.WORK)
"""Acts on jobs, of which the task of each says what else it asks for, and on alerts."""
_WORK = Policy(Permission.WORK, Scope.WORK)
_TIMETABLE = replace(_JOBS, whole=True)
_CHANGE = Policy(Permission.PORTFOLIO, Scope.PORTFOLIO)
_ADD_CLIENT = replace(_CHANGE, whole=True)
_REMOVE = Policy(Permission.REMOVE, Scope.PORTFOLIO)
_MONEY = Policy(Permission.MONEY)
"""What moves money, or says that it moved: on pages alone, by a session."""
_MONEY_WHOLE = replace(_MONEY, whole=True)
_MAIL = Policy(Permission.MAIL, Scope.WORK)
_MAIL_WHOLE = replace(_MAIL, whole=True)
_AUDIT = Policy(Permission.AUDIT, Scope.READ)
_BILLING = Policy(Permission.MONEY, Scope.MONEY)
"""Enters and changes what is billed."""
_PRICES = replace(_BILLING, whole=True)
"""What every client is offered."""
_SETTINGS = Policy(Permission.SETTINGS, whole=True)
"""What holds for everybody: a session alone changes it."""

_API: Mapping[tuple[str, str], Policy] = {
    ("GET", "/health/live"): _UNCOUNTED,
    ("GET", "/health/ready"): _UNCOUNTED,
    ("GET", "/metrics"): Policy(Permission.READ, Scope.METRICS, whole=True, loopback=True),
    ("GET", "/api/openapi.json"): PUBLIC,
    ("GET", "/api/docs"): PUBLIC,
    ("GET", "/api/docs.css"): PUBLIC,
    ("GET", "/problems/{kind}"): PUBLIC,
    ("GET", "/api/auth/csrf"): PUBLIC,
    ("GET", "/api/auth/providers"): PUBLIC,
    ("GET", "/api/auth/session"): PUBLIC,
    ("POST", "/api/auth/signin/credentials"): PUBLIC,
    ("POST", "/api/auth/signin/email"): PUBLIC,
    ("GET", "/api/auth/signin/{provider}"): PUBLIC,
    ("POST", "/api/auth/signin/{provider}"): PUBLIC,
    ("GET", "/api/auth/callback/{provider}"): PUBLIC,
    ("GET", "/api/account/identities"): _OWN,
    ("POST", "/api/account/identities/{provider}"): _OWN,
    ("DELETE", "/api/account/identities/{identity_id}"): _OWN,
    ("POST", "/api/auth/reset"): PUBLIC,
    ("PUT", "/api/auth/reset"): PUBLIC,
    ("POST", "/api/auth/signout"): _OWN,
    ("GET", "/api/account/sessions"): _OWN,
    ("DELETE", "/api/account/sessions"): _OWN,
    ("DELETE", "/api/account/sessions/{session_id}"): _OWN,
    ("PUT", "/api/account/password"): _OWN,
    ("GET", "/api/account/second-factor"): _OWN,
    ("POST", "/api/account/second-factor"): _OWN,
    ("PUT", "/api/account/second-factor"): _OWN,
    ("POST", "/api/account/second-factor/recovery-codes"): _OWN,
    ("POST", "/api/account/second-factor/removal"): _OWN,
    ("GET", "/api/account/tokens"): _OWN,
    ("POST", "/api/account/tokens"): _OWN,
    ("DELETE", "/api/account/tokens/{token_id}"): _OWN,
    ("GET", "/api/account"): _OWN,
    ("PATCH", "/api/account"): _OWN,
    ("GET", "/api/account/alerts"): _OWN,
    ("PUT", "/api/account/alerts"): _OWN,
    ("GET", "/api/account/passkeys"): _OWN,
    ("POST", "/api/account/passkeys"): _OWN,
    ("POST", "/api/account/passkeys/options"): _OWN,
    ("PATCH", "/api/account/passkeys/{passkey_id}"): _OWN,
    ("DELETE", "/api/account/passkeys/{passkey_id}"): _OWN,
    ("POST", "/api/auth/passkey/options"): PUBLIC,
    ("POST", "/api/auth/signin/passkey"): PUBLIC,
    ("GET", "/api/users"): _PEOPLE,
    ("POST", "/api/users/invite"): _PEOPLE,
    ("POST", "/api/users/{user_id}/invite"): _PEOPLE,
    ("GET", "/api/users/{user_id}"): _PEOPLE,
    ("PATCH", "/api/users/{user_id}"): _PEOPLE,
    ("POST", "/api/users/{user_id}/disable"): _PEOPLE,
    ("POST", "/api/users/{user_id}/enable"): _PEOPLE,
    ("DELETE", "/api/users/{user_id}/sessions"): _PEOPLE,
    ("GET", "/api/users/{user_id}/tokens"): _PEOPLE,
    ("DELETE", "/api/users/{user_id}/tokens/{token_id}"): _PEOPLE,
    ("DELETE", "/api/users/{user_id}/second-factor"): _PEOPLE,
    ("GET", "/api/service-accounts"): _PEOPLE,
    ("POST", "/api/service-accounts"): _PEOPLE,
    ("DELETE", "/api/service-accounts/{user_id}"): _PEOPLE,
    ("POST", "/api/service-accounts/{user_id}/tokens"): _PEOPLE,
    ("DELETE", "/api/service-accounts/{user_id}/tokens/{token_id}"): _PEOPLE,
    ("POST", "/api/sessions"): Policy(None, csrf=False),
    ("POST", "/webhooks/stripe"): Policy(None, csrf=False),
    ("POST", "/webhooks/mail"): Policy(None, csrf=False),
    ("POST", "/webhooks/sns"): Policy(None, csrf=False),
    ("GET", "/api/sessions/current"): Policy(Permission.ACCOUNT, Scope.READ),
    ("DELETE", "/api/sessions/current"): _OWN,
    ("GET", "/api/triggers"): _READ,
    ("POST", "/api/triggers/{job}"): _JOBS,
    ("GET", "/api/runs"): _READ,
    ("GET", "/api/runs/{run_id}"): _READ,
    ("GET", "/api/jobs"): _READ,
    ("GET", "/api/jobs/{job_id}"): _READ,
    ("POST", "/api/jobs/{job_id}/retry"): _JOBS,
    ("POST", "/api/jobs/{job_id}/cancel"): _JOBS,
    ("GET", "/api/schedules"): _READ_WHOLE,
    ("GET", "/api/schedules/{name}"): _READ_WHOLE,
    ("PATCH", "/api/schedules/{name}"): _TIMETABLE,
    ("POST", "/api/schedules/{name}/pause"): _TIMETABLE,
    ("POST", "/api/schedules/{name}/resume"): _TIMETABLE,
    ("POST", "/api/schedules/{name}/run"): _TIMETABLE,
    ("GET", "/api/clients"): _READ,
    ("POST", "/api/clients"): _ADD_CLIENT,
    ("GET", "/api/clients/{client_id}"): _READ,
    ("PATCH", "/api/clients/{client_id}"): _CHANGE,
    ("DELETE", "/api/clients/{client_id}"): _REMOVE,
    ("GET", "/api/domains"): _READ,
    ("POST", "/api/domains"): _CHANGE,
    ("GET", "/api/domains/{domain_id}"): _READ,
    ("PATCH", "/api/domains/{domain_id}"): _CHANGE,
    ("DELETE", "/api/domains/{domain_id}"): _REMOVE,
    ("GET", "/api/domains/{domain_id}/verification"): _READ,
    ("POST", "/api/domains/{domain_id}/verification"): _CHANGE,
    ("POST", "/api/lookups"): replace(_WORK, waits=True),
    ("GET", "/api/lookups/{lookup_id}"): _READ,
    ("GET", "/api/endpoints"): _READ,
    ("POST", "/api/endpoints"): _CHANGE,
    ("GET", "/api/endpoints/{endpoint_id}"): _READ,
    ("PATCH", "/api/endpoints/{endpoint_id}"): _CHANGE,
    ("DELETE", "/api/endpoints/{endpoint_id}"): _REMOVE,
    ("GET", "/api/alerts"): _READ,
    ("GET", "/api/alerts/{alert_id}"): _READ,
    ("GET", "/api/alerts/{alert_id}/history"): _READ,
    ("POST", "/api/alerts/{alert_id}/ack"): _JOBS,
    ("POST", "/api/alerts/{alert_id}/snooze"): _JOBS,
    ("POST", "/api/alerts/{alert_id}/notes"): _JOBS,
    ("POST", "/api/alerts/{alert_id}/close"): _JOBS,
    ("GET", "/api/alert-routes"): _READ_WHOLE,
    ("GET", "/api/alert-routes/{route_id}"): _READ_WHOLE,
    ("POST", "/api/alert-routes"): _PEOPLE,
    ("PUT", "/api/alert-routes/{route_id}"): _PEOPLE,
    ("DELETE", "/api/alert-routes/{route_id}"): _PEOPLE,
    ("GET", "/api/maintenance"): _READ,
    ("POST", "/api/maintenance"): _WORK,
    ("POST", "/api/maintenance/{window_id}/end"): _WORK,
    ("GET", "/api/mails"): _READ,
    ("GET", "/api/mails/{mail_id}"): _READ,
    ("POST", "/api/mails/{mail_id}/settlement"): _MAIL,
    ("GET", "/api/suppressions"): _READ_WHOLE,
    ("POST", "/api/suppressions"): _MAIL_WHOLE,
    ("GET", "/api/suppressions/{suppression_id}"): _READ_WHOLE,
    ("DELETE", "/api/suppressions/{suppression_id}"): _MAIL_WHOLE,
    ("GET", "/api/invoices"): _READ,
    ("GET", "/api/invoices/{invoice_id}"): _READ,
    ("GET", "/api/products"): _READ_WHOLE,
    ("POST", "/api/products"): _PRICES,
    ("GET", "/api/products/{product_id}"): _READ_WHOLE,
    ("PUT", "/api/products/{product_id}"): _PRICES,
    ("POST", "/api/products/{product_id}/prices"): _PRICES,
    ("POST", "/api/products/{product_id}/archive"): _PRICES,
    ("POST", "/api/products/{product_id}/restore"): _PRICES,
    ("GET", "/api/coupons"): _READ_WHOLE,
    ("POST", "/api/coupons"): _PRICES,
    ("GET", "/api/senders"): _READ_WHOLE,
    ("POST", "/api/senders"): _SETTINGS,
    ("GET", "/api/senders/{sender_id}"): _READ_WHOLE,
    ("PUT", "/api/senders/{sender_id}"): _SETTINGS,
    ("POST", "/api/senders/{sender_id}/default"): _SETTINGS,
    ("GET", "/api/clients/{client_id}/billing"): _READ,
    ("PUT", "/api/clients/{client_id}/billing"): _BILLING,
    ("GET", "/api/subscriptions"): _READ,
    ("POST", "/api/subscriptions"): _BILLING,
    ("GET", "/api/subscriptions/{subscription_id}"): _READ,
    ("POST", "/api/subscriptions/{subscription_id}/changes"): _BILLING,
    ("POST", "/api/subscriptions/{subscription_id}/pause"): _BILLING,
    ("POST", "/api/subscriptions/{subscription_id}/resume"): _BILLING,
    ("POST", "/api/subscriptions/{subscription_id}/end"): _BILLING,
    ("POST", "/api/subscriptions/{subscription_id}/continuation"): _BILLING,
    ("GET", "/api/billing-items"): _READ,
    ("POST", "/api/billing-items"): _BILLING,
    ("GET", "/api/billing-items/{item_id}"): _READ,
    ("DELETE", "/api/billing-items/{item_id}"): _BILLING,
    ("GET", "/api/invoices/{invoice_id}/e-invoice"): _READ,
    ("GET", "/api/invoice-export"): _READ,
    ("GET", "/api/clients/{client_id}/invoice-drafts"): _READ,
    ("GET", "/api/clients/{client_id}/statement"): _READ,
    ("POST", "/api/documents"): replace(_CHANGE, waits=True),
    ("GET", "/api/documents"): _READ,
    ("GET", "/api/documents/{document_id}"): _READ,
    ("PATCH", "/api/documents/{document_id}"): _REMOVE,
    ("DELETE", "/api/documents/{document_id}"): _REMOVE,
    ("POST", "/api/documents/{document_id}/restore"): _REMOVE,
    ("GET", "/api/documents/{document_id}/links"): _READ,
    ("POST", "/api/documents/{document_id}/links"): replace(_READ, private=True),
    ("POST", "/api/documents/{document_id}/client-links"): replace(_CHANGE, private=True),
    ("DELETE", "/api/documents/{document_id}/links/{link_id}"): _CHANGE,
    ("GET", "/documents/fetch/{token}"): _READ,
    ("GET", "/api/events"): _READ,
    ("POST", "/api/bulk/{nouns}"): _CHANGE,
    ("PATCH", "/api/bulk/{nouns}"): _CHANGE,
    ("POST", "/api/bulk/{nouns}/removal"): _REMOVE,
    ("GET", "/api/letters"): _READ_WHOLE,
    ("GET", "/api/letters/{name}/{language}"): _READ_WHOLE,
    ("PUT", "/api/letters/{name}/{language}"): _SETTINGS,
    ("GET", "/api/audit"): _AUDIT,
    ("GET", "/api/audit/export"): _AUDIT,
}

_SIGN_IN: Mapping[tuple[str, str], Policy] = {
    ("POST", "/sign-in"): PUBLIC,
    ("GET", "/sign-in/link/{token}"): PUBLIC,
    ("POST", "/sign-in/link/{token}"): PUBLIC,
    ("POST", "/sign-out"): page(_OWN),
}

_PAGES: Mapping[tuple[str, str], Policy] = {
    ("POST", "/documents"): page(_CHANGE),
    ("GET", "/products"): page(_READ_WHOLE),
    ("GET", "/products/new"): page(_PRICES),
    ("POST", "/products"): page(_PRICES),
    ("GET", "/products/{product_id}"): page(_READ_WHOLE),
    ("GET", "/products/{product_id}/edit"): page(_PRICES),
    ("POST", "/products/{product_id}"): page(_PRICES),
    ("POST", "/products/{product_id}/prices"): page(_PRICES),
    ("POST", "/products/{product_id}/archive"): page(_PRICES),
    ("POST", "/products/{product_id}/restore"): page(_PRICES),
    ("GET", "/coupons"): page(_READ_WHOLE),
    ("GET", "/coupons/new"): page(_PRICES),
    ("POST", "/coupons"): page(_PRICES),
    ("GET", "/senders"): page(_READ_WHOLE),
    ("GET", "/senders/new"): page(_SETTINGS),
    ("POST", "/senders"): page(_SETTINGS),
    ("GET", "/senders/{sender_id}"): page(_SETTINGS),
    ("POST", "/senders/{sender_id}"): page(_SETTINGS),
    ("POST", "/senders/{sender_id}/default"): page(_SETTINGS),
    ("GET", "/clients/{client_id}/billing"): page(_READ),
    ("POST", "/clients/{client_id}/billing"): page(_BILLING),
    ("POST", "/clients/{client_id}/vat-id-checks"): page(_BILLING),
    ("GET", "/subscriptions"): page(_READ),
    ("GET", "/subscriptions/new"): page(_BILLING),
    ("POST", "/subscriptions"): page(_BILLING),
    ("GET", "/subscriptions/{subscription_id}"): page(_READ),
    ("POST", "/subscriptions/{subscription_id}/changes"): page(_BILLING),
    ("POST", "/subscriptions/{subscription_id}/pause"): page(_BILLING),
    ("POST", "/subscriptions/{subscription_id}/resume"): page(_BILLING),
    ("POST", "/subscriptions/{subscription_id}/end"): page(_BILLING),
    ("POST", "/subscriptions/{subscription_id}/continuation"): page(_BILLING),
    ("GET", "/billing-items"): page(_READ),
    ("GET", "/billing-items/new"): page(_BILLING),
    ("POST", "/billing-items"): page(_BILLING),
    ("GET", "/billing-items/{item_id}"): page(_READ),
    ("POST", "/billing-items/{item_id}/removal"): page(_BILLING),
    ("GET", "/documents/{document_id}/preview"): page(_READ),
    ("GET", "/sign-in"): PUBLIC,
    ("GET", "/sign-out"): PUBLIC,
    ("POST", "/sign-in/with/{provider}"): PUBLIC,
    ("POST", "/account/identities/{provider}/link"): page(_OWN),
    ("POST", "/account/identities/{identity_id}/unlink"): page(_OWN),
    ("POST", "/sign-in/mail"): PUBLIC,
    ("GET", "/sign-in/mailed/{token}"): PUBLIC,
    ("POST", "/sign-in/mailed/{token}"): PUBLIC,
    ("GET", "/reset"): PUBLIC,
    ("POST", "/reset"): PUBLIC,
    ("GET", "/reset/{token}"): PUBLIC,
    ("POST", "/reset/{token}"): PUBLIC,
    ("GET", "/invitation/{token}"): PUBLIC,
    ("POST", "/invitation/{token}"): PUBLIC,
    ("POST", "/users/invite"): page(_PEOPLE),
    ("POST", "/users/{user_id}/invite"): page(_PEOPLE),
    ("GET", "/second-factor"): PUBLIC,
    ("POST", "/second-factor"): PUBLIC,
    ("GET", "/second-factor/set-up"): PUBLIC,
    ("POST", "/second-factor/set-up"): PUBLIC,
    ("GET", "/first-owner/{token}"): PUBLIC,
    ("POST", "/first-owner/{token}"): PUBLIC,
    ("POST", "/first-owner/{token}/passkey"): PUBLIC,
    ("GET", "/first-steps"): page(_FIRST),
    ("POST", "/first-steps/mail"): page(_FIRST),
    ("POST", "/first-steps/import"): page(_FIRST),
    ("POST", "/first-steps/check"): page(_FIRST),
    ("POST", "/sign-in/passkey"): PUBLIC,
    ("POST", "/second-factor/passkey"): PUBLIC,
    ("POST", "/second-factor/set-up/passkey"): PUBLIC,
    ("POST", "/account/profile"): page(_OWN),
    ("POST", "/account/passkeys"): page(_OWN),
    ("POST", "/account/passkeys/{passkey_id}/name"): page(_OWN),
    ("POST", "/account/passkeys/{passkey_id}/remove"): page(_OWN),
    ("GET", "/users"): page(_PEOPLE),
    ("GET", "/users/{user_id}"): page(_PEOPLE),
    ("POST", "/users/{user_id}/role"): page(_PEOPLE),
    ("POST", "/users/{user_id}/clients"): page(_PEOPLE),
    ("POST", "/users/{user_id}/disable"): page(_PEOPLE),
    ("POST", "/users/{user_id}/enable"): page(_PEOPLE),
    ("POST", "/users/{user_id}/sessions/end"): page(_PEOPLE),
    ("POST", "/users/{user_id}/tokens/{token_id}/revoke"): page(_PEOPLE),
    ("POST", "/users/{user_id}/second-factor/require"): page(_PEOPLE),
    ("POST", "/users/{user_id}/second-factor/reset"): page(_PEOPLE),
    ("GET", "/service-accounts"): page(_PEOPLE),
    ("POST", "/service-accounts"): page(_PEOPLE),
    ("POST", "/service-accounts/{user_id}/disable"): page(_PEOPLE),
    ("POST", "/service-accounts/{user_id}/tokens"): page(_PEOPLE),
    ("POST", "/service-accounts/{user_id}/tokens/{token_id}/revoke"): page(_PEOPLE),
    ("POST", "/account/second-factor"): page(_OWN),
    ("POST", "/account/second-factor/confirm"): page(_OWN),
    ("POST", "/account/second-factor/recovery-codes"): page(_OWN),
    ("POST", "/account/second-factor/remove"): page(_OWN),
    ("GET", "/account"): page(_OWN),
    ("POST", "/account/other-sessions/end"): page(_OWN),
    ("POST", "/account/sessions/{session_id}/end"): page(_OWN),
    ("POST", "/account/password"): page(_OWN),
    ("POST", "/account/tokens"): page(_OWN),
    ("POST", "/account/tokens/{token_id}/revoke"): page(_OWN),
    ("GET", "/static/{name}"): _UNCOUNTED,
    ("GET", "/favicon.ico"): _UNCOUNTED,
    ("GET", "/"): page(_READ),
    ("GET", "/alerts"): page(_READ),
    ("GET", "/alerts/{alert_id}"): page(_READ),
    ("POST", "/alerts/{alert_id}"): page(_JOBS),
    ("GET", "/alert-routes"): page(_READ_WHOLE),
    ("POST", "/alert-routes"): page(_PEOPLE),
    ("POST", "/alert-routes/{route_id}/remove"): page(_PEOPLE),
    ("GET", "/maintenance"): page(_READ),
    ("POST", "/maintenance"): page(_WORK),
    ("POST", "/maintenance/{window_id}/end"): page(_WORK),
    ("POST", "/account/alerts"): page(_OWN),
    ("GET", "/answer/{token}"): PUBLIC,
    ("POST", "/answer/{token}"): PUBLIC,
    ("GET", "/services"): page(_READ_WHOLE),
    ("GET", "/queues"): page(_READ_WHOLE),
    ("GET", "/queues/{queue}"): page(_READ_WHOLE),
    ("GET", "/workers"): page(_READ_WHOLE),
    ("GET", "/runs"): page(_READ),
    ("GET", "/runs/{run_id}"): page(_READ),
    ("GET", "/jobs"): page(_READ),
    ("GET", "/jobs/{job_id}"): page(_READ),
    ("GET", "/dead"): page(_READ),
    ("GET", "/schedules"): page(_READ_WHOLE),
    ("GET", "/schedules/{name}"): page(_READ_WHOLE),
    ("GET", "/domains"): page(_READ),
    ("GET", "/domains/{domain_id}"): page(_READ),
    ("POST", "/domains/{domain_id}/verification"): page(_CHANGE),
    ("GET", "/lookups"): page(_READ),
    ("POST", "/lookups"): page(_WORK),
    ("GET", "/lookups/{lookup_id}"): page(_READ),
    ("GET", "/endpoints"): page(_READ),
    ("GET", "/endpoints/{endpoint_id}"): page(_READ),
    ("GET", "/clients"): page(_READ),
    ("GET", "/clients/{client_id}"): page(_READ),
    ("GET", "/search"): page(_READ),
    ("GET", "/invoices"): page(_READ),
    ("GET", "/invoices/{invoice_id}"): page(_READ),
    ("GET", "/invoice-drafts"): page(_READ),
    ("POST", "/invoices/{invoice_id}/credit"): page(_MONEY),
    ("GET", "/invoices/{invoice_id}/document"): page(_READ),
    ("POST", "/invoices/{invoice_id}/charges"): page(_MONEY),
    ("POST", "/invoices/{invoice_id}/payments"): page(_MONEY),
    ("POST", "/invoices/{invoice_id}/links"): page(_MONEY),
    ("POST", "/invoices/{invoice_id}/links/{link_id}/withdraw"): page(_MONEY),
    ("POST", "/payments/{payment_id}/refunds"): page(_MONEY),
    ("POST", "/invoices/{invoice_id}/dunning-pause"): page(_MONEY),
    ("POST", "/invoices/{invoice_id}/dunning-pause/lift"): page(_MONEY),
    ("POST", "/invoices/{invoice_id}/dunning-steps/{days}/waive"): page(_MONEY),
    ("GET", "/webhooks"): page(_READ_WHOLE),
    ("POST", "/webhooks/{webhook_id}/folds"): page(_MONEY_WHOLE),
    ("GET", "/bank-entries"): page(_READ_WHOLE),
    ("POST", "/bank-files"): page(_MONEY_WHOLE),
    ("POST", "/bank-entries/{entry_id}/bookings"): page(_MONEY_WHOLE),
    ("POST", "/bank-entries/{entry_id}/unbooking"): page(_MONEY_WHOLE),
    ("POST", "/bank-entries/{entry_id}/setting-aside"): page(_MONEY_WHOLE),
    ("POST", "/bank-entries/{entry_id}/reopening"): page(_MONEY_WHOLE),
    ("GET", "/pay/{token}"): PUBLIC,
    ("POST", "/pay/{token}"): PUBLIC,
    ("GET", "/pay/{token}/document"): PUBLIC,
    ("GET", "/documents"): page(_READ),
    ("GET", "/documents/{document_id}"): page(_READ),
    ("GET", "/documents/{document_id}/file"): page(_READ),
    ("POST", "/documents/{document_id}/links"): page(_CHANGE),
    ("POST", "/documents/{document_id}/links/{link_id}/withdraw"): page(_CHANGE),
    ("POST", "/documents/{document_id}/delete"): page(_REMOVE),
    ("POST", "/documents/{document_id}/restore"): page(_REMOVE),
    ("POST", "/documents/{document_id}/hold"): page(_REMOVE),
    ("GET", "/d/{token}"): PUBLIC,
    ("GET", "/d/{token}/file"): PUBLIC,
    ("GET", "/mail"): page(_READ),
    ("GET", "/mail/{mail_id}"): page(_READ),
    ("POST", "/mail/{mail_id}/settlement"): page(_MAIL),
    ("GET", "/suppressions"): page(_READ_WHOLE),
    ("POST", "/suppressions"): page(_MAIL_WHOLE),
    ("POST", "/suppressions/{suppression_id}/lift"): page(_MAIL_WHOLE),
    ("GET", "/letters"): page(_READ_WHOLE),
    ("GET", "/letters/{name}"): page(_READ_WHOLE),
    ("GET", "/letters/{name}/preview"): page(_READ_WHOLE),
    ("POST", "/letters/{name}/preview"): page(_SETTINGS),
    ("POST", "/letters/{name}"): page(_SETTINGS),
    ("GET", "/live"): page(_READ),
    ("GET", "/audit"): page(_AUDIT),
    ("GET", "/audit/export"): page(_AUDIT),
    ("POST", "/jobs/{job_id}/retry"): page(_JOBS),
    ("POST", "/jobs/{job_id}/cancel"): page(_JOBS),
    ("POST", "/dead/retries"): page(_JOBS),
    ("POST", "/schedules/{name}/pause"): page(_TIMETABLE),
    ("POST", "/schedules/{name}/resume"): page(_TIMETABLE),
    ("POST", "/schedules/{name}/run"): page(_TIMETABLE),
    ("POST", "/schedules/{name}/times"): page(_TIMETABLE),
    ("POST", "/domains"): page(_CHANGE),
    ("POST", "/domains/{domain_id}"): page(_CHANGE),
    ("POST", "/domains/{domain_id}/checks"): page(_JOBS),
    ("POST", "/endpoints/{endpoint_id}/scans"): page(_JOBS),
}

POLICIES: Mapping[tuple[str, str], Policy] = {**_API, **_SIGN_IN, **_PAGES}
"""(method, path as the route is declared) -> policy."""

PAGES = frozenset(_PAGES)


def find(method: str, path: str) -> Policy | None:
    """Return the policy of a route; None where the table has no line, which means: refused."""
    return POLICIES.get((method, path))
