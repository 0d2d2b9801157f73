"""Who may do what: one line for each route, the API's and the pages'. What has no line is refused to everybody.

A page of the dashboard adds its line to ``_PAGES``: ``("GET", "/jobs"): page(Role.VIEWER)``.
tests/api/test_policy.py fails for a route without a line and for a line without a route.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.access import Role, Scope

VIEWER, OPERATOR, OWNER = Role.VIEWER, Role.OPERATOR, Role.OWNER


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route asks of its caller."""

    role: Role | None
    """The least role; None: anybody, signed in or not."""
    scope: Scope | None = None
    """What an API token must be good for; None: no token will do, only a session."""
    csrf: bool = True
    """Whether what is not a GET needs the CSRF token. False only where no cookie gives the caller any right."""
    loopback: bool = False
    """Whether a caller on this very machine needs no role."""

    def allows(self, role: Role, scopes: frozenset[Scope] | None) -> bool:
        """Tell whether a person of this role may; ``scopes`` are those of the token in use, None for a session."""
        if self.role is None:
            return True
        return role.covers(self.role) and (scopes is None or self.scope in scopes)


PUBLIC = Policy(None)


def page(role: Role) -> Policy:
    """Return the policy of a page: only a session opens it, and who has none is sent to /sign-in?next=..."""
    return Policy(role)


_OWN = Policy(VIEWER)
"""One's own account: a session alone, so that no token makes tokens or changes a password."""
_PEOPLE = Policy(OWNER)
"""Who may come in, and how: a session alone, for the same reason."""
_READ = Policy(VIEWER, Scope.READ)
_WORK = Policy(OPERATOR, Scope.WORK)
_CHANGE = Policy(OPERATOR, Scope.PORTFOLIO)
_REMOVE = Policy(OWNER, Scope.PORTFOLIO)

_API: Mapping[tuple[str, str], Policy] = {
    ("GET", "/health/live"): PUBLIC,
    ("GET", "/health/ready"): PUBLIC,
    ("GET", "/metrics"): Policy(VIEWER, Scope.METRICS, loopback=True),
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
    ("GET", "/api/users"): _PEOPLE,
    ("POST", "/api/users/invite"): _PEOPLE,
    ("POST", "/api/users/{user_id}/invite"): _PEOPLE,
    ("DELETE", "/api/users/{user_id}/second-factor"): _PEOPLE,
    ("POST", "/api/sessions"): Policy(None, csrf=False),
    ("GET", "/api/sessions/current"): _READ,
    ("DELETE", "/api/sessions/current"): Policy(VIEWER),
    ("GET", "/api/triggers"): _READ,
    ("POST", "/api/triggers/{job}"): _WORK,
    ("GET", "/api/runs"): _READ,
    ("GET", "/api/runs/{run_id}"): _READ,
    ("GET", "/api/jobs"): _READ,
    ("GET", "/api/jobs/{job_id}"): _READ,
    ("POST", "/api/jobs/{job_id}/retry"): _WORK,
    ("POST", "/api/jobs/{job_id}/cancel"): _WORK,
    ("GET", "/api/schedules"): _READ,
    ("GET", "/api/schedules/{name}"): _READ,
    ("PATCH", "/api/schedules/{name}"): _WORK,
    ("POST", "/api/schedules/{name}/pause"): _WORK,
    ("POST", "/api/schedules/{name}/resume"): _WORK,
    ("POST", "/api/schedules/{name}/run"): _WORK,
    ("GET", "/api/clients"): _READ,
    ("POST", "/api/clients"): _CHANGE,
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
    ("POST", "/api/lookups"): _WORK,
    ("GET", "/api/lookups/{lookup_id}"): _READ,
    ("GET", "/api/endpoints"): _READ,
    ("POST", "/api/endpoints"): _CHANGE,
    ("GET", "/api/endpoints/{endpoint_id}"): _READ,
    ("PATCH", "/api/endpoints/{endpoint_id}"): _CHANGE,
    ("DELETE", "/api/endpoints/{endpoint_id}"): _REMOVE,
    ("GET", "/api/audit"): Policy(OWNER, Scope.READ),
}

_SIGN_IN: Mapping[tuple[str, str], Policy] = {
    ("POST", "/sign-in"): PUBLIC,
    ("GET", "/sign-in/{token}"): PUBLIC,
    ("POST", "/sign-out"): page(VIEWER),
}

_PAGES: Mapping[tuple[str, str], Policy] = {
    ("GET", "/sign-in"): PUBLIC,
    ("GET", "/sign-out"): PUBLIC,
    ("POST", "/sign-in/with/{provider}"): PUBLIC,
    ("POST", "/account/identities/{provider}/link"): page(VIEWER),
    ("POST", "/account/identities/{identity_id}/unlink"): page(VIEWER),
    ("POST", "/sign-in/mail"): PUBLIC,
    ("GET", "/sign-in/mailed/{token}"): PUBLIC,
    ("POST", "/sign-in/mailed/{token}"): PUBLIC,
    ("GET", "/reset"): PUBLIC,
    ("POST", "/reset"): PUBLIC,
    ("GET", "/reset/{token}"): PUBLIC,
    ("POST", "/reset/{token}"): PUBLIC,
    ("GET", "/invitation/{token}"): PUBLIC,
    ("POST", "/invitation/{token}"): PUBLIC,
    ("POST", "/users/invite"): page(OWNER),
    ("POST", "/users/{user_id}/invite"): page(OWNER),
    ("GET", "/second-factor"): PUBLIC,
    ("POST", "/second-factor"): PUBLIC,
    ("GET", "/second-factor/set-up"): PUBLIC,
    ("POST", "/second-factor/set-up"): PUBLIC,
    ("GET", "/users"): page(OWNER),
    ("POST", "/users/{user_id}/second-factor/reset"): page(OWNER),
    ("POST", "/account/second-factor"): page(VIEWER),
    ("POST", "/account/second-factor/confirm"): page(VIEWER),
    ("POST", "/account/second-factor/recovery-codes"): page(VIEWER),
    ("POST", "/account/second-factor/remove"): page(VIEWER),
    ("GET", "/account"): page(VIEWER),
    ("POST", "/account/other-sessions/end"): page(VIEWER),
    ("POST", "/account/sessions/{session_id}/end"): page(VIEWER),
    ("POST", "/account/password"): page(VIEWER),
    ("POST", "/account/tokens"): page(VIEWER),
    ("POST", "/account/tokens/{token_id}/revoke"): page(VIEWER),
    ("GET", "/static/{name}"): PUBLIC,
    ("GET", "/favicon.ico"): PUBLIC,
    ("GET", "/"): page(VIEWER),
    ("GET", "/alerts"): page(VIEWER),
    ("GET", "/services"): page(VIEWER),
    ("GET", "/queues"): page(VIEWER),
    ("GET", "/queues/{queue}"): page(VIEWER),
    ("GET", "/workers"): page(VIEWER),
    ("GET", "/runs"): page(VIEWER),
    ("GET", "/runs/{run_id}"): page(VIEWER),
    ("GET", "/jobs"): page(VIEWER),
    ("GET", "/jobs/{job_id}"): page(VIEWER),
    ("GET", "/dead"): page(VIEWER),
    ("GET", "/schedules"): page(VIEWER),
    ("GET", "/schedules/{name}"): page(VIEWER),
    ("GET", "/domains"): page(VIEWER),
    ("GET", "/domains/{domain_id}"): page(VIEWER),
    ("POST", "/domains/{domain_id}/verification"): page(OPERATOR),
    ("GET", "/lookups"): page(VIEWER),
    ("POST", "/lookups"): page(OPERATOR),
    ("GET", "/lookups/{lookup_id}"): page(VIEWER),
    ("GET", "/endpoints"): page(VIEWER),
    ("GET", "/endpoints/{endpoint_id}"): page(VIEWER),
    ("GET", "/clients"): page(VIEWER),
    ("GET", "/clients/{client_id}"): page(VIEWER),
    ("GET", "/search"): page(VIEWER),
    ("GET", "/invoices"): page(VIEWER),
    ("GET", "/invoices/{invoice_id}"): page(VIEWER),
    ("GET", "/invoices/{invoice_id}/document"): page(VIEWER),
    ("GET", "/mail"): page(VIEWER),
    ("GET", "/mail/{mail_id}"): page(VIEWER),
    ("GET", "/live"): page(VIEWER),
    ("GET", "/audit"): page(OWNER),
    ("POST", "/jobs/{job_id}/retry"): page(OPERATOR),
    ("POST", "/jobs/{job_id}/cancel"): page(OPERATOR),
    ("POST", "/dead/retries"): page(OPERATOR),
    ("POST", "/schedules/{name}/pause"): page(OPERATOR),
    ("POST", "/schedules/{name}/resume"): page(OPERATOR),
    ("POST", "/schedules/{name}/run"): page(OPERATOR),
    ("POST", "/schedules/{name}/times"): page(OPERATOR),
    ("POST", "/domains"): page(OPERATOR),
    ("POST", "/domains/{domain_id}"): page(OPERATOR),
    ("POST", "/domains/{domain_id}/checks"): page(OPERATOR),
    ("POST", "/endpoints/{endpoint_id}/scans"): page(OPERATOR),
}

POLICIES: Mapping[tuple[str, str], Policy] = {**_API, **_SIGN_IN, **_PAGES}
"""(method, path as the route is declared) -> policy."""

PAGES = frozenset(_PAGES)


def find(method: str, path: str) -> Policy | None:
    """Return the policy of a route; None where the table has no line, which means: refused."""
    return POLICIES.get((method, path))
