"""Signing in with a provider: out with a state, a nonce and a PKCE verifier, back to the same browser, once.

    begin() -> the provider's page -> came_back() -> a job exchanges the code, and we wait a moment for it -> a person

The wait is bounded: handlers queue work and never do it, but the page of a person who signs in needs the result of this
job. These may come in: a person who linked this identity to their account before; a person who was invited to the
verified address that the issuer names; anybody with a verified address of the domain that the settings name, if any.
"""

import contextlib
from dataclasses import dataclass

import settings
from api_stub import bounded_wait
from api_stub.problems import Problem, unavailable
from api_stub.security import admission, api_tokens
from api_stub.security.admission import Admission, Visitor
from api_stub.security.principal import Principal
from db import connection
from db.access import audit, identities, provider_sign_ins, users
from db.access.provider_sign_ins import NewProviderSignIn, ProviderOutcome
from db.access.users import User
from db.ledger import jobs
from rules.access import Role, oidc
from rules.access.oidc import BadProvider, Identity
from rules.jobs import JobState, Priority
from settings.identity_providers import IdentityProvider
from tasks.access import oidc as provider_tasks
from tasks.engine.task import EnqueuedJob

BROWSER_COOKIE = "__Host-nolapse-provider"
HOLDS_S = 10 * 60
WAITS_S = 10.0
LONGEST_CODE = 4096
_GITHUB_AUTHORIZE = "https://github.com/login/oauth/authorize"


@dataclass(frozen=True, slots=True)
class WayOut:
    """The address that the browser goes to, and the value of its cookie."""

    url: str
    cookie: str


def named(key: str) -> IdentityProvider:
    """Return a provider of the settings. Raises ``Problem`` 404."""
    found = settings.current().oidc.get(key)
    if found is None:
        raise Problem(404, "not-found", "No provider has this name; GET /api/auth/providers lists them")
    return found


def title(key: str) -> str:
    """Return what people call a provider."""
    return named(key).name or key


def begin(key: str, *, to: str, links: Principal | None = None) -> WayOut:
    """Begin a sign-in; with ``links``, begin to link an identity to that signed-in person's account.

    Raises ``Problem``: 404, 503 where the provider does not answer.
    """
    provider = named(key)
    endpoint, scope = _endpoint(key, provider)
    state, nonce, verifier, cookie = (api_tokens.made() for _ in range(4))
    new = NewProviderSignIn(
        state_hash=api_tokens.hashed(state),
        browser_hash=api_tokens.hashed(cookie),
        provider=key,
        nonce=nonce,
        verifier=verifier,
        next=to,
        user_id=links.user_id if links else None,
    )
    provider_sign_ins.begin(new, holds_s=HOLDS_S)
    url = oidc.authorization_url(
        endpoint,
        client_id=provider.client_id,
        redirect_uri=provider_tasks.redirect_uri(key),
        state=state,
        nonce=nonce,
        verifier=verifier,
        scope=scope,
    )
    return WayOut(url, cookie)


def _endpoint(key: str, provider: IdentityProvider) -> tuple[str, str]:
    if provider.is_github:
        return _GITHUB_AUTHORIZE, "read:user user:email"
    try:
        known = provider_tasks.known_metadata(provider)
        if known is None:
            _await(provider_tasks.discover.enqueue(provider=key, priority=Priority.URGENT))
            known = provider_tasks.known_metadata(provider)
    except BadProvider:
        known = None
    if known is None:
        raise unavailable(title(key))
    return known.authorization_endpoint, "openid email"


def _await(job: EnqueuedJob) -> None:
    """Wait until a job has ended, but not for long."""
    open_ = (JobState.QUEUED, JobState.RUNNING)
    bounded_wait.until(lambda: jobs.require(job.job_id).state not in open_, wait_s=WAITS_S)


def came_back(key: str, *, state: str, code: str, issuer: str | None, cookie: str | None) -> ProviderOutcome:
    """Exchange the code of a browser that comes back, and return the outcome. Raises ``Problem`` 401, 404, 503."""
    provider = named(key)
    if not cookie or not code or (issuer is not None and issuer != provider.issuer):  # RFC 9207
        raise _refused()
    with connection.transaction():
        sign_in_id = provider_sign_ins.came_back(api_tokens.hashed(state), api_tokens.hashed(cookie), key, code)
        if sign_in_id is None:
            raise _refused()
        job = provider_tasks.exchange.enqueue(sign_in_id=sign_in_id, priority=Priority.URGENT)
    _await(job)
    with connection.transaction():
        outcome = provider_sign_ins.finish(sign_in_id)
    if outcome is None:
        raise unavailable(title(key))
    return outcome


def _refused() -> Problem:
    return Problem(401, "bad-link", "This sign-in is over, began in another browser, or was refused; begin again")


def admit(outcome: ProviderOutcome, visitor: Visitor) -> Admission:
    """Admit the person whom a provider names. Raises ``Problem`` 401, the same for every reason."""
    identity = Identity(**outcome.identity) if outcome.identity is not None else None
    if identity is not None:
        with contextlib.suppress(identities.IdentityTaken), connection.transaction():  # another browser was quicker
            user = _person(outcome.provider, identity)
            if user is not None and user.disabled_at is None:
                return admission.admit(user, how=outcome.provider, visitor=visitor)
    audit.add(outcome.provider, "sign-in failed", "provider", {"why": outcome.failure or "nobody here"})
    raise _refused()


def _person(key: str, identity: Identity) -> User | None:
    """Return the user of an identity: its holder, an invited person, or a newcomer by domain. None: nobody."""
    holder = identities.holder(identity.issuer, identity.subject)
    if holder is not None:
        return users.get(holder)
    known = users.with_email(identity.email) if identity.email else None
    if known is None:
        return _newcomer(key, identity)
    if known.password is not None or identities.of_user(known.id):
        return None  # only its person, signed in, may link an account that is in use
    _add_identity(known, key, identity, action="invitation accept")
    return known


def _newcomer(key: str, identity: Identity) -> User | None:
    provider = named(key)
    if provider.domain is None or identity.email.rpartition("@")[2] != provider.domain:
        return None
    try:
        user = users.get(users.add(identity.email[:100], Role(provider.role), email=identity.email))
    except users.NameTaken:
        return None
    _add_identity(user, key, identity, action="user add by domain")
    return user


def _add_identity(user: User, key: str, identity: Identity, *, action: str) -> None:
    identities.add(user.id, issuer=identity.issuer, subject=identity.subject, provider=key)
    audit.add(user.name, action, f"user {user.name}", {"provider": key, "subject": identity.subject})


def link(outcome: ProviderOutcome, who: Principal | None) -> None:
    """Link an identity to the account of the person who began this, if still signed in. Raises ``Problem`` 401, 409."""
    if who is None or outcome.user_id != who.user_id or outcome.identity is None:
        raise _refused()
    try:
        with connection.transaction():
            _add_identity(
                users.get(who.user_id), outcome.provider, Identity(**outcome.identity), action="identity link"
            )
    except identities.IdentityTaken as error:
        raise Problem(409, "conflict", str(error)) from None


def unlink(who: Principal, identity_id: int) -> None:
    """Take an identity from the person's account. Raises ``LookupError``."""
    with connection.transaction():
        identities.remove(who.user_id, identity_id)
        audit.add(who.actor, "identity unlink", f"user {who.name}", {"identity": identity_id})
