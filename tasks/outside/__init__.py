"""What integrations and tasks get from the settings: most of it is made once for each process."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, lru_cache

import settings
from integrations import imap, mail_signature, oauth_tokens
from integrations import trust_roots as authorities
from integrations.clamd import Clamd
from integrations.deadline import Deadline
from integrations.guard import Guard
from integrations.imap import ReturnedMailbox
from integrations.mail_provider import MailProvider
from integrations.oauth_tokens import TokenSource
from integrations.openssl import OpensslVerifier
from integrations.rate_limit import UNLIMITED, RateLimit
from integrations.smtp import Relay
from integrations.smtp.message import Signer
from integrations.storage import Storage
from rules.documents.storage_address import FolderAddress, S3Address
from rules.mail import mail_provider_address, mailboxes
from rules.mail.mail_provider_address import SesAddress
from rules.mail.mailbox_address import MailboxAddress
from rules.x509.verification import TrustRoots
from tasks.outside import rate_limits
from tasks.outside import storage as homes

TokensOf = Callable[[str], TokenSource]


@cache
def guard() -> Guard:
    """Return the guard, with the networks and names that the settings allow."""
    config = settings.current()
    return Guard(allowed=config.allowed_networks, hosts=config.hosts)


@cache
def roots() -> TrustRoots:
    """Return the roots that certificates are judged by: the system's, and those of the settings' own file."""
    return TrustRoots(public=authorities.public(), private=authorities.private(settings.current().ca_file))


@lru_cache(maxsize=1)
def openssl(roots: TrustRoots) -> OpensslVerifier:
    """Return OpenSSL with the same roots, for a second opinion."""
    return OpensslVerifier(roots.origins)


@cache
def scanner() -> Clamd | None:
    """Return the virus scanner; None where none is set up."""
    config = settings.current()
    return Clamd(config.clamd_address, config.clamd_deadline_s) if config.clamd_address else None


def tokens(user: str, limit: RateLimit = UNLIMITED) -> TokenSource:
    """Return a new token source of a mail account, which holds no token yet."""
    return oauth_tokens.source(settings.current().mail_oauth[user], guard(), limit)


@cache
def mail_tokens(user: str) -> TokenSource:
    """Return the token source of a mail account; all that sign in with the account share it."""
    return tokens(user, rate_limits.for_sign_in())


@cache
def mail_providers() -> tuple[MailProvider, ...]:
    """Return the mail providers, in the order in which they are asked."""
    return tuple(map(mail_provider, settings.current().mail_provider_urls))


def mail_provider(url: str, tokens_of: TokensOf = mail_tokens) -> MailProvider:
    """Return the mail provider of a URL. ``tokens_of`` returns the token source of a user."""
    address = mail_provider_address.parse(url)
    if isinstance(address, SesAddress):
        from integrations.ses import SesProvider  # noqa: PLC0415 - boto3 takes half a second

        return SesProvider(address, guard=guard(), ca_file=settings.current().ca_file, sign=_signer())
    return Relay(url, sign=_signer(), tokens=tokens_of(address.user) if address.by_token else None)


def returned_mailbox(
    address: MailboxAddress, deadline: Deadline, tokens_of: TokensOf = mail_tokens
) -> AbstractContextManager[ReturnedMailbox]:
    """Return what opens the mailbox for bounces; ``tokens_of`` as in ``mail_provider``."""
    tokens = tokens_of(address.user) if address.by_token else None
    return imap.opened(address, guard=guard(), deadline=deadline, tokens=tokens)


def _signer() -> Signer | None:
    """Return what signs our mails; None where the settings have no key."""
    config = settings.current()
    if config.mail_dkim_key is None:
        return None
    domain = mailboxes.read(config.mail_from).address.rpartition("@")[2]
    return mail_signature.signer(
        config.mail_dkim_key.get_secret_value(), selector=config.mail_dkim_selector, domain=domain
    )


@cache
def storage() -> Storage:
    """Return where documents are kept, with the keys that may keep and read."""
    return homes.opened(_storage_address(), guard())


@cache
def maintained_storage() -> Storage:
    """Return the same storage with the keys that may also list and remove, where the settings have such keys."""
    return homes.opened(_storage_address(), guard(), maintenance=True)


def other_storage(address: FolderAddress | S3Address) -> Storage:
    """Return another storage of documents than that of the settings, with the keys that may list."""
    return homes.opened(address, guard(), maintenance=True)


def _storage_address() -> FolderAddress | S3Address:
    config = settings.current()
    return config.storage_address(config.home)
