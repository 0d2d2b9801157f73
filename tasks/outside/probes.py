"""Whether each outside service that the settings name does what we need of it, tried now and from this machine.

Promise: convergent. It only asks: the relay is greeted and signed in to, and gets no mail.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import settings
from integrations import dns, http_client, oidc, port43, rdap
from integrations.clamd import Clamd
from integrations.deadline import Deadline
from integrations.errors import IntegrationError
from integrations.oidc import CallContext
from integrations.port43 import WhoisHost
from integrations.vies import Vies
from rules.access.oidc import BadProvider, discovery_url, read_metadata
from rules.documents.clamd_address import ClamdAddress
from rules.mail.mailbox_address import MailboxAddress
from settings.identity_providers import IdentityProvider
from tasks import outside
from tasks.outside import TokensOf, alert_channels

_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What was tried, and what is wrong with it; None where it works."""

    name: str
    wrong: str | None


def probe_all() -> Iterator[Probe]:
    """Try one service after the other, each with a deadline: the storage and mail providers their own, others 10 s."""
    config = settings.current()
    yield _tried("resolver", _resolver)
    yield _tried("RDAP bootstrap", _bootstrap)
    yield _tried("WHOIS root", _whois_root)
    yield from _mail(cache(outside.tokens))
    yield _tried("storage", lambda: outside.storage().check())
    for key, provider in config.oidc.items():
        yield _tried(f"provider {key}", lambda one=provider: _provider(one))
    if config.stripe_key:
        yield _tried("Stripe", _stripe)
    if config.vies_url:
        yield _tried("VIES", _vies)
    if config.clamd_address:
        yield _tried("virus scanner", _scanner)
    yield from _channels()
    if config.sentry_dsn:
        yield _tried("error reports", _reports)


def _mail(tokens: TokensOf) -> Iterator[Probe]:
    config = settings.current()
    for user in config.mail_oauth:
        yield _tried(f"mail token of {user}", lambda one=user: tokens(one).current(Deadline.after(_DEADLINE_S)))
    for number, url in enumerate(config.mail_provider_urls):
        name = "mail relay" if number == 0 else f"mail relay {number + 1}"
        yield _tried(name, lambda one=url: _mail_provider(one, tokens))
    if config.mail_box_url:
        yield _tried("bounce mailbox", lambda: _mailbox(tokens))


def _channels() -> Iterator[Probe]:
    for name, channel in settings.current().alert_channels.items():
        yield _tried(f"channel {name}", lambda one=channel: alert_channels.check(one))


def _tried(name: str, act: Callable[[], object]) -> Probe:
    try:
        act()
    except (IntegrationError, BadProvider, OSError, ValueError) as error:
        return Probe(name, str(error) or type(error).__name__)
    return Probe(name, None)


def _resolver() -> None:
    dns.require_answers(settings.current().dns_resolvers, deadline=Deadline.after(_DEADLINE_S))


def _bootstrap() -> None:
    rdap.fetch_bootstrap(settings.current().rdap_bootstrap_url, guard=outside.guard(), deadline_s=_DEADLINE_S)


def _whois_root() -> None:
    root = WhoisHost.parse(settings.current().whois_root)
    port43.ask(root, "com", guard=outside.guard(), deadline=Deadline.after(_DEADLINE_S))


def _mail_provider(url: str, tokens: TokensOf) -> None:
    with closing(outside.mail_provider(url, tokens)) as provider:
        provider.check()


def _mailbox(tokens: TokensOf) -> None:
    url = settings.current().mail_box_url
    address = MailboxAddress.parse(url.get_secret_value() if url else "")
    with outside.returned_mailbox(address, Deadline.after(_DEADLINE_S), tokens) as box:
        box.unseen(most=1)


def _provider(provider: IdentityProvider) -> None:
    context = CallContext(outside.guard(), Deadline.after(_DEADLINE_S))
    if provider.is_github:
        http_client.call("https://api.github.com/", guard=context.guard, deadline=context.deadline, headers={})
        return
    read_metadata(oidc.published(discovery_url(provider.issuer), context), provider.issuer)


def _stripe() -> None:
    config = settings.current()
    if config.stripe_key:
        from integrations.stripe.stripe_account import StripeAccount  # noqa: PLC0415 - a tenth of a second of each start

        StripeAccount(config.stripe_key, url=config.stripe_url, guard=outside.guard(), deadline_s=_DEADLINE_S).check()


def _vies() -> None:
    Vies(settings.current().vies_url, guard=outside.guard(), deadline_s=_DEADLINE_S).require_status()


def _scanner() -> None:
    """Scan the test file as large as an upload may be; old signatures are no use either."""
    config = settings.current()
    scanner = Clamd(config.clamd_address or ClamdAddress(), _DEADLINE_S)
    version = scanner.version()
    scanner.require_fitness(config.upload_max_bytes)
    scanner.require_fresh(version, days=config.clamd_signatures_days, now=datetime.now(UTC))


def _reports() -> None:
    dsn = settings.current().sentry_dsn
    where = urlsplit(dsn.get_secret_value() if dsn else "")
    url = f"{where.scheme}://{where.hostname}{f':{where.port}' if where.port else ''}/"
    http_client.call(url, guard=outside.guard(), deadline=Deadline.after(_DEADLINE_S), headers={})
