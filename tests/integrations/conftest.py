"""What tests of integrations share: a server that speaks S3."""

import os
from collections.abc import Iterator

import pytest

from tests.support.buckets import s3_server


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The endpoint that TEST_S3_ENDPOINT names, or moto's, for all tests; each uses buckets of its own."""
    if given := os.environ.get("TEST_S3_ENDPOINT"):  # noqa: TID251 - no setting of the program
        yield given
        return
    with s3_server() as url:
        yield url
