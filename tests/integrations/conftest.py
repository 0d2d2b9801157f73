"""What tests of integrations share: a server that speaks S3."""

from collections.abc import Iterator

import pytest

from tests.support.buckets import s3_server


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The URL of an endpoint for all tests; each uses buckets of its own."""
    with s3_server() as url:
        yield url
