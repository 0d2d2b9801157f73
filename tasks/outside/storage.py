"""The storage that the settings name; a bucket has its circuit breaker, and each call of it is measured."""

from pathlib import Path

import settings
from integrations.guard import Guard
from integrations.storage import Storage
from integrations.storage.folder import FolderStorage
from rules.documents.storage_address import FolderAddress, S3Address
from tasks.outside import rate_limits


def opened(address: FolderAddress | S3Address, guard: Guard, *, maintenance: bool = False) -> Storage:
    """Return a storage of documents; for ``maintenance`` with the keys that may list and remove, if there are any."""
    if isinstance(address, FolderAddress):
        return FolderStorage(Path(address.path))
    return _bucket(address, guard, maintenance=maintenance)


def _bucket(address: S3Address, guard: Guard, *, maintenance: bool) -> Storage:
    from integrations.storage.s3 import S3Keys, S3Options, S3Storage  # noqa: PLC0415 - boto3 takes half a second

    config = settings.current()
    access, secret = config.storage_keys(maintenance=maintenance)
    return S3Storage(
        address,
        keys=S3Keys(access, secret.get_secret_value()) if secret else None,
        guard=guard,
        options=S3Options(
            deadline_s=config.storage_deadline_s,
            checksums=config.storage_checksums,
            encryption="" if config.storage_encryption == "none" else config.storage_encryption,
            kms_key=config.storage_kms_key,
            lock=config.storage_lock,
        ),
        ca_file=config.ca_file,
        limit=rate_limits.for_storage(),
    )
