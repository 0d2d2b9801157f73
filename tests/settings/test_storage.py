"""Settings of the storage: refused at start where they contradict one another, and secrets known as such."""

from pathlib import Path
from typing import Any

import pytest

import settings
from rules.documents.storage_address import FolderAddress, S3Address
from settings import BadSettings

BUCKET = {"storage_url": "s3://documents"}


def test_without_a_url_documents_are_kept_in_home() -> None:
    assert settings.load().storage_address(Path("/srv")) == FolderAddress(Path("/srv/documents"))


def test_a_bucket_has_its_keys_and_maintenance_its_own() -> None:
    given = {**BUCKET, "storage_access_key": "A", "storage_secret_key": "running-secret"}
    loaded = settings.load(**given)
    assert loaded.storage_address(Path()) == S3Address("documents", "", "us-east-1", None)
    assert loaded.storage_keys(maintenance=False) == loaded.storage_keys(maintenance=True)
    more = {"storage_maintenance_access_key": "B", "storage_maintenance_secret_key": "other-secret"}
    loaded = settings.load(**given, **more)
    assert [loaded.storage_keys(maintenance=one)[0] for one in (False, True)] == ["A", "B"]
    assert {"running-secret", "other-secret"} <= set(loaded.secrets())


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"storage_url": "s3://x"}, "NOLAPSE_STORAGE_URL"),
        ({**BUCKET, "storage_access_key": "A"}, "NOLAPSE_STORAGE_SECRET_KEY go together"),
        ({**BUCKET, "storage_maintenance_secret_key": "canary"}, "NOLAPSE_STORAGE_MAINTENANCE_ACCESS_KEY"),
        ({"storage_kms_key": "k"}, "NOLAPSE_STORAGE_ENCRYPTION=aws:kms"),
        ({"storage_direct_uploads": True}, "NOLAPSE_STORAGE_DIRECT_UPLOADS needs a bucket"),
        ({"storage_lock": "forever"}, "NOLAPSE_STORAGE_LOCK"),
        ({"storage_checksums": "crc32"}, "NOLAPSE_STORAGE_CHECKSUMS"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSettings, match=named) as refused:
        settings.load(**given)
    assert "canary" not in str(refused.value)
