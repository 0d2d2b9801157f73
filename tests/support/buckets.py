"""A server that speaks S3, on loopback: moto's. It takes any keys and any signature: it refuses none."""

import ipaddress
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from typing import Any

from moto.server import ThreadedMotoServer

from integrations.guard import Guard
from integrations.storage.s3 import S3Keys, S3Options, S3Storage
from rules.storage_address import S3Address

KEYS = S3Keys("AKIAEXAMPLE", "a-secret-of-the-tests")
LOOPBACK = Guard(allowed=(ipaddress.ip_network("127.0.0.0/8"),))
_names = count(1)


@contextmanager
def s3_server() -> Generator[str]:
    """Serve S3; gives the endpoint's URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def address(endpoint: str, bucket: str = "", *, prefix: str = "agency") -> S3Address:
    """Return the address of a bucket that nobody else uses."""
    return S3Address(bucket or f"documents-{next(_names)}", prefix, "us-east-1", endpoint)


def bucket(where: S3Address, *, made: bool = True, **options: Any) -> S3Storage:
    """Return a bucket, and make it."""
    storage = S3Storage(where, keys=KEYS, guard=LOOPBACK, options=S3Options(**{"deadline_s": 5.0, **options}))
    if made:
        lock = {"ObjectLockEnabledForBucket": True} if options.get("lock", "none") != "none" else {}
        client(storage).create_bucket(Bucket=where.bucket, **lock)
    return storage


def client(storage: S3Storage) -> Any:
    """Return boto3's own client, to look from outside at what was stored."""
    return storage._client


def headers(storage: S3Storage, where: S3Address, key: str) -> dict[str, Any]:
    """Return what the server says of an object."""
    return client(storage).head_object(Bucket=where.bucket, Key=f"{where.prefix}/{key}")
