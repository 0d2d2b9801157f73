"""Settings of the storage: where documents are kept, and how it is accessed."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from rules.documents import storage_address
from rules.documents.storage_address import FolderAddress, S3Address
from settings import home

STORAGE_SECRETS = {
    "NOLAPSE_STORAGE_SECRET_KEY": "storage_secret_key",
    "NOLAPSE_STORAGE_MAINTENANCE_SECRET_KEY": "storage_maintenance_secret_key",
}


class StorageSettings(BaseSettings):
    """The variables ``NOLAPSE_STORAGE_...``.

    Where keys are missing, boto3 takes them from its environment or a role.
    """

    storage_url: str | None = None
    """``file:///folder`` or ``s3://bucket/prefix?region=..&endpoint=..``; by default a folder in ``home``."""
    storage_access_key: str = Field("", max_length=200)
    """Of the account that keeps and reads documents."""
    storage_secret_key: SecretStr | None = None
    """The same account's secret."""
    storage_maintenance_access_key: str = Field("", max_length=200)
    """Of an account that may also list and remove: for the removal of documents, audit and move."""
    storage_maintenance_secret_key: SecretStr | None = None
    """The same account's secret."""
    storage_deadline_s: float = Field(30, gt=0, le=600)
    """Of a call with little in it; a large body has a second more for each 256 KiB."""
    storage_checksums: Literal["payload", "sha256"] = "payload"
    """``payload``: signed with each request, which every endpoint checks; ``sha256``: kept with each object as well."""
    storage_encryption: Literal["none", "AES256", "aws:kms"] = "none"
    """Asked for with each object; ``none`` leaves it to the bucket's own default."""
    storage_kms_key: str = Field("", max_length=2048)
    """The key of ``aws:kms``."""
    storage_lock: Literal["none", "governance", "compliance"] = "none"
    """How issued invoices are locked until their retention ends; the bucket must have been made with Object Lock."""
    storage_redirect: bool = True
    """Whether a browser is sent to the bucket, which it must be able to reach; else bytes pass through us."""
    storage_direct_uploads: bool = False
    """Whether pages send files straight to the bucket, which must let them (CORS); else they pass through us."""

    @field_validator("storage_url")
    @classmethod
    def _storage_url(cls, value: str | None) -> str | None:
        if value is not None:
            address = storage_address.parse(value)
            if isinstance(address, FolderAddress):
                home.require_possible(Path(address.path))
        return value

    @model_validator(mode="after")
    def _storage_settings_go_together(self) -> "StorageSettings":
        for name, access, secret in (
            ("STORAGE", self.storage_access_key, self.storage_secret_key),
            ("STORAGE_MAINTENANCE", self.storage_maintenance_access_key, self.storage_maintenance_secret_key),
        ):
            if self._is_bucket and bool(access) != (secret is not None):
                raise ValueError(f"NOLAPSE_{name}_ACCESS_KEY and NOLAPSE_{name}_SECRET_KEY go together: one is missing")
        if self.storage_kms_key and self.storage_encryption != "aws:kms":
            raise ValueError("NOLAPSE_STORAGE_KMS_KEY goes with NOLAPSE_STORAGE_ENCRYPTION=aws:kms")
        if self.storage_direct_uploads and not self._is_bucket:
            raise ValueError("NOLAPSE_STORAGE_DIRECT_UPLOADS needs a bucket: NOLAPSE_STORAGE_URL=s3://...")
        return self

    @property
    def upload_origin(self) -> str | None:
        """The origin to which pages send files; None where they send them to us."""
        address = storage_address.parse(self.storage_url or "") if self.storage_direct_uploads else None
        return address.origin if isinstance(address, S3Address) else None

    @property
    def _is_bucket(self) -> bool:
        return (self.storage_url or "").startswith("s3:")

    def storage_address(self, home: Path) -> FolderAddress | S3Address:
        """Return the address of the storage."""
        if self.storage_url is None:
            return FolderAddress((home / "documents").absolute())
        return storage_address.parse(self.storage_url)

    def storage_keys(self, *, maintenance: bool) -> tuple[str, SecretStr | None]:
        """Return the account's access key and secret key; the latter is None where boto3 has to find them."""
        if maintenance and self.storage_maintenance_secret_key is not None:
            return self.storage_maintenance_access_key, self.storage_maintenance_secret_key
        return self.storage_access_key, self.storage_secret_key

    def storage_secrets(self) -> list[str]:
        """Return the values that no log may show."""
        keys = (self.storage_secret_key, self.storage_maintenance_secret_key)
        return [key.get_secret_value() for key in keys if key]
