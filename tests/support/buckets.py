"""A server that speaks S3, on loopback: moto's. It takes any keys and any signature: it refuses none.

What pages of elsewhere may do is said by each bucket's CORS rules alone, as it is at S3.
"""

import ipaddress
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from moto.moto_server import werkzeug_app
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from integrations.guard import Guard
from integrations.storage import UploadForm
from integrations.storage.s3 import S3Keys, S3Options, S3Storage
from rules.documents.storage_address import S3Address

KEYS = S3Keys("AKIAEXAMPLE", "a-secret-of-the-tests")
LOOPBACK = Guard(allowed=(ipaddress.ip_network("127.0.0.0/8"),))
_names = count(1)
werkzeug_app.DISABLE_GLOBAL_CORS = True  # pyright: ignore[reportPrivateImportUsage] - moto reads it once, at import


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


def post_form(form: UploadForm, body: bytes, changes: Mapping[str, str] | None = None) -> int:
    """Post a form as a browser does, with some of its fields changed; returns the status."""
    boundary, parts = uuid4().hex, urlsplit(form.url)
    before = f"--{boundary}\r\nContent-Disposition: form-data; name="
    fields = {**form.fields, **(changes or {})}
    sent = "".join(f'{before}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    sent += f'{before}"file"; filename="f"\r\n\r\n'
    connection = HTTPConnection(parts.netloc, timeout=30)
    try:
        whole = sent.encode() + body + f"\r\n--{boundary}--\r\n".encode()
        connection.request(
            "POST", parts.path or "/", whole, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        )
        return connection.getresponse().status
    finally:
        connection.close()


def settings_of(where: S3Address) -> dict[str, Any]:
    """Return the settings under which documents are kept in a bucket of this server."""
    return {
        "storage_url": f"s3://{where.bucket}/{where.prefix}?region={where.region}&endpoint={where.endpoint}",
        "storage_access_key": KEYS.access,
        "storage_secret_key": SecretStr(KEYS.secret),
        "allowed_networks": (ipaddress.ip_network("127.0.0.0/8"),),
    }


def variables_of(where: S3Address) -> dict[str, str]:
    """Return the same as the environment of a process."""
    return {
        "NOLAPSE_STORAGE_URL": f"s3://{where.bucket}/{where.prefix}?region={where.region}&endpoint={where.endpoint}",
        "NOLAPSE_STORAGE_ACCESS_KEY": KEYS.access,
        "NOLAPSE_STORAGE_SECRET_KEY": KEYS.secret,
        "NOLAPSE_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
