"""Signing in with a provider, the part that calls it: jobs, for which the page waits a moment.

    discover -> what the issuer publishes is kept for all processes (db/outside/downloads)
    exchange -> the code is sent to the provider once; the identity that it returns goes into the sign-in's row

They are jobs because that is how all calls of the outside are made: guarded, measured, behind the server's breaker, in
a worker, never in a handler. The code is in the row and not in the job, and it is taken out before it is sent: a job
that runs twice sends it once. Promise: none needed; a person who is not signed in begins again.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog

import settings
from db.access import provider_sign_ins
from db.access.provider_sign_ins import CodeExchange
from db.ledger.endings import EndedJob
from db.outside import downloads
from integrations import oidc as provider_calls
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected
from integrations.oidc import CallContext, RelyingParty
from rules.access import oidc
from rules.access.oidc import BadProvider, Identity, IssuerMetadata, UnknownKey
from settings.identity_providers import IdentityProvider
from tasks import outside
from tasks.engine.context import completing
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, task
from tasks.outside import rate_limits

log = structlog.get_logger()

FRESH = timedelta(hours=1)
_KEYS_AGAIN = timedelta(minutes=1)
"""How soon keys are fetched anew for a token that names an unknown one: no stranger's token makes us ask more often."""

_CALL_S = 8.0


@task(Queue.DEFAULT, attempts=2, deadline_s=30, unique=("provider",), internal=True)
def discover(*, provider: str) -> None:
    """Fetch what an issuer says of itself and its keys, where what is kept is old."""
    found = settings.current().oidc.get(provider)
    if found is not None and not found.is_github:
        try:
            said = metadata(found, _context())
        except BadProvider as error:
            raise Rejected(f"{provider}: {error}") from None
        _published(said.jwks_uri, _context())
    with completing():
        pass


def _not_exchanged(job: EndedJob) -> None:
    """Record why a sign-in has no answer: a person waits for it on the page."""
    provider_sign_ins.record_outcome(int(str(job.args["sign_in_id"])), failure=job.error)


@task(Queue.DEFAULT, attempts=1, deadline_s=30, unique=("sign_in_id",), on_ended=_not_exchanged, internal=True)
def exchange(*, sign_in_id: int) -> None:
    """Exchange the code of a sign-in for the identity that it stands for."""
    taken = provider_sign_ins.take_code(sign_in_id)
    if taken is None:
        with completing():
            provider_sign_ins.record_outcome(sign_in_id, failure="its code is gone")
        return
    try:
        identity = _provider_identity(taken)
    except (IntegrationError, BadProvider, Parked) as error:
        log.warning("provider_failed", provider=taken.provider, error=str(error))
        with completing():
            provider_sign_ins.record_outcome(sign_in_id, failure=settings.scrub(str(error)))
        return
    with completing():
        provider_sign_ins.record_outcome(sign_in_id, identity=asdict(identity))


def _provider_identity(taken: CodeExchange) -> Identity:
    provider = settings.current().oidc.get(taken.provider)
    if provider is None:
        raise BadProvider("the settings do not name this provider any more")
    client = RelyingParty(provider.client_id, provider.client_secret.get_secret_value(), redirect_uri(taken.provider))
    context = _context()
    if provider.is_github:
        said = provider_calls.exchanged(
            provider_calls.GITHUB_TOKEN, client, context, code=taken.code, verifier=taken.verifier
        )
        return provider_calls.github_identity(said.get("access_token"), context, issuer=provider.issuer)
    where = metadata(provider, context)
    said = provider_calls.exchanged(where.token_endpoint, client, context, code=taken.code, verifier=taken.verifier)
    return _verified(said.get("id_token"), provider, where, nonce=taken.nonce, context=context)


def _verified(
    id_token: object, provider: IdentityProvider, where: IssuerMetadata, *, nonce: str, context: CallContext
) -> Identity:
    """Judge an ID token by the kept keys; where it names an unknown key, fetch the keys anew and judge it once more."""

    def judged(jwks: bytes) -> Identity:
        now = int(datetime.now(UTC).timestamp())
        return oidc.identity_of(
            id_token, jwks, issuer=provider.issuer, client_id=provider.client_id, nonce=nonce, now=now
        )

    try:
        return judged(_published(where.jwks_uri, context))
    except UnknownKey:
        return judged(_published(where.jwks_uri, context, older_than=_KEYS_AGAIN))


def metadata(provider: IdentityProvider, context: CallContext) -> IssuerMetadata:
    """Return what an issuer says of itself. Raises ``BadProvider``, ``Unavailable``, ``Rejected``."""

    def read(body: bytes) -> IssuerMetadata:
        return oidc.read_metadata(body, provider.issuer)

    return read(_published(oidc.discovery_url(provider.issuer), context, check=read))


def known_metadata(provider: IdentityProvider) -> IssuerMetadata | None:
    """Return what is kept of an issuer, if it is fresh; asks nobody. Raises ``BadProvider``."""
    url = oidc.discovery_url(provider.issuer)
    kept = downloads.kept([url]).get(url)
    if kept is None or kept.fetched_at is None or kept.fresh_until <= datetime.now(UTC):
        return None
    return oidc.read_metadata(downloads.body(url) or b"", provider.issuer)


def _published(
    url: str, context: CallContext, *, older_than: timedelta = FRESH, check: Callable[[bytes], object] = bytes
) -> bytes:
    """Return what an issuer publishes at an address: what is kept, unless that is older than ``older_than``.

    ``check`` raises for what is not to be kept, so that an issuer which is mended is believed at once.
    """
    now = datetime.now(UTC)
    kept = downloads.kept([url]).get(url)
    if kept is not None and kept.fetched_at is not None and kept.fetched_at > now - older_than:
        return downloads.body(url) or b""
    body = provider_calls.published(url, context)
    check(body)
    downloads.keep(url, provider_calls.SERVICE, body, at=now, fresh_until=now + FRESH)
    return body


def redirect_uri(provider: str) -> str:
    """Return the address to which a provider sends browsers back: from the settings, never from a request."""
    return f"{settings.current().web_url}/api/auth/callback/{provider}"


def _context() -> CallContext:
    return CallContext(outside.guard(), Deadline.after(_CALL_S), rate_limits.for_sign_in())
