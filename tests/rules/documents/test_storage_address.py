"""The storage's URL: what it may say, and that what is wrong is named."""

from pathlib import PurePosixPath

import pytest

from rules.documents import storage_address
from rules.documents.storage_address import FolderAddress, S3Address


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("s3://documents?region=eu-central-1", "https://documents.s3.eu-central-1.amazonaws.com"),
        ("s3://my.documents?region=eu-central-1", "https://s3.eu-central-1.amazonaws.com"),
        ("s3://documents?endpoint=https://s3.example:9000", "https://s3.example:9000"),
    ],
)
def test_a_browser_finds_a_bucket_at_its_origin(url: str, origin: str) -> None:
    address = storage_address.parse(url)
    assert isinstance(address, S3Address)
    assert address.origin == origin


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("file:///srv/documents", FolderAddress(PurePosixPath("/srv/documents"))),
        ("file:///srv/my%20files", FolderAddress(PurePosixPath("/srv/my files"))),
        ("s3://documents", S3Address("documents", "", "us-east-1", None)),
        ("s3://documents/agency/one/?region=eu-central-1", S3Address("documents", "agency/one", "eu-central-1", None)),
        (
            "s3://documents/a?region=auto&endpoint=https://s3.example:9000/",
            S3Address("documents", "a", "auto", "https://s3.example:9000"),
        ),
        ("s3://documents?endpoint=http://[::1]:9000", S3Address("documents", "", "us-east-1", "http://[::1]:9000")),
    ],
)
def test_a_folder_and_a_bucket_are_read(url: str, address: FolderAddress | S3Address) -> None:
    assert storage_address.parse(url) == address


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "file:///folder or s3://"),
        ("/srv/documents", "file:///folder or s3://"),
        ("https://bucket", "file:///folder or s3://"),
        ("file://host/srv", "absolute path"),
        ("file:srv", "absolute path"),
        ("file:///srv?x=1", "nothing else"),
        ("s3://", "no name of a bucket"),
        ("s3://AB", "no name of a bucket"),
        ("s3://key:secret@documents", "NOLAPSE_STORAGE_ACCESS_KEY"),
        ("s3://documents/../x", "no prefix"),
        ("s3://documents/Ä", "no prefix"),
        ("s3://documents?regoin=x", "'regoin' is unknown"),
        ("s3://documents?region=a&region=b", "once each"),
        ("s3://documents?region=EU", "no region"),
        ("s3://documents?endpoint=ftp://x", "endpoint is https"),
        ("s3://documents?endpoint=https://x/path", "endpoint is https"),
        ("s3://documents?endpoint=https://u:p@x", "endpoint is https"),
    ],
)
def test_what_is_wrong_is_named(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        storage_address.parse(url)


def test_an_endpoint_has_a_name_by_which_it_is_measured() -> None:
    assert S3Address("b", "", "eu-central-1", None).server == "s3.eu-central-1.amazonaws.com"
    assert S3Address("b", "", "auto", "https://s3.example:9000").server == "s3.example:9000"
