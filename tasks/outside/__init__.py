"""What the integrations are handed: made once for each process, from the settings."""

from functools import cache, lru_cache

import settings
from integrations import trust_roots as authorities
from integrations.guard import Guard
from integrations.openssl import OpensslVerifier
from integrations.smtp import Relay
from integrations.storage import Storage
from rules.storage_address import FolderAddress, S3Address
from rules.x509.verification import TrustRoots
from tasks.outside import storage as homes


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
def relay() -> Relay:
    """Return the mail relay."""
    return Relay(settings.current().smtp_url.get_secret_value())


@cache
def storage() -> Storage:
    """Return where documents are kept, with the keys that may keep and read."""
    return homes.opened(_storage_address(), guard())


@cache
def maintained_storage() -> Storage:
    """Return the same with the keys that may also list and remove, where the settings tell them apart."""
    return homes.opened(_storage_address(), guard(), maintenance=True)


def _storage_address() -> FolderAddress | S3Address:
    config = settings.current()
    return config.storage_address(config.home)
