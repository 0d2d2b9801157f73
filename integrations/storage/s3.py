"""Keeps documents in a bucket: AWS S3, or what speaks its API (MinIO, Cloudflare R2, Ceph).

A put sends the SHA-256 of its bytes in its signature, so that every endpoint refuses what was damaged on the way;
with ``checksums="sha256"`` it also keeps that checksum with the object. boto3 tries nothing again by itself: a job
does. Keys are those that are given, or boto3's own chain finds them: in the environment, in a file, or by the machine's
role.
"""

import base64
import hashlib
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import SEEK_END, BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Literal

import boto3
from botocore.config import Config

from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard
from integrations.rate_limit import UNLIMITED, RateLimit
from integrations.storage import (
    CHUNK,
    TRIAL,
    BadRange,
    ByteRange,
    HandOut,
    Missing,
    StoredObject,
    UploadForm,
    checked,
    hashed,
    whole,
)
from integrations.storage.s3_connections import CONNECT_S, POOL, READ_S, GuardedSession, calling
from integrations.storage.s3_errors import translated
from rules.documents.storage_address import S3Address

LARGEST = 5 * 1024**3
"""Bytes that one put may have, as AWS says."""

_SLOWEST = 256 * 1024
"""The least rate of an endpoint, in bytes a second: the deadline of a large body is longer by its time at this rate."""

_PAGE = 1000
_making = Lock()
"""A session makes one client at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """How a bucket is spoken to. ``deadline_s`` is for a call with little in it."""

    deadline_s: float = 30.0
    checksums: Literal["payload", "sha256"] = "payload"
    encryption: Literal["", "AES256", "aws:kms"] = ""
    kms_key: str = ""
    lock: Literal["none", "governance", "compliance"] = "none"
    """How what is ``locked_until`` is locked; the bucket must have Object Lock."""


@dataclass(frozen=True, slots=True)
class S3Keys:
    """An account's keys; ``token`` belongs to a role's."""

    access: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"S3Keys({self.access!r})"


class S3Storage:
    """A bucket, and the prefix of every key in it."""

    def __init__(
        self,
        address: S3Address,
        *,
        keys: S3Keys | None,
        guard: Guard,
        options: S3Options,
        ca_file: Path | None = None,
        limit: RateLimit = UNLIMITED,
    ) -> None:
        self._address = address
        self._limit = limit
        self._options = options
        self._client = _client(address, keys, guard, ca_file)

    def put(self, key: str, data: bytes, *, locked_until: datetime | None = None) -> str:
        """Store ``data``; see ``Storage``."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._put(key, BytesIO(data), len(data), sha256, locked_until)
        return sha256

    def put_file(
        self, key: str, file: BinaryIO, *, size: int, sha256: str, locked_until: datetime | None = None
    ) -> None:
        """Store a file's bytes; see ``Storage``."""
        if size > LARGEST:
            raise Rejected(f"{key}: {size} bytes are more than the {LARGEST} that a bucket takes at once")
        if file.seek(0, SEEK_END) != size or hashed(file).hex() != sha256:
            raise Unavailable(f"{key}: what was to be kept changed while it was read")
        self._put(key, file, size, sha256, locked_until)

    def _put(self, key: str, body: BinaryIO, size: int, sha256: str, locked_until: datetime | None) -> None:
        given: dict[str, Any] = {"Body": body, "ContentLength": size, **self._kept_how(body, sha256, locked_until)}
        with self._calling(f"keep {key}", size=size):
            self._client.put_object(Bucket=self._address.bucket, Key=self._key(key), **given)

    def _kept_how(self, body: BinaryIO, sha256: str, locked_until: datetime | None) -> dict[str, Any]:
        """Return what a put says besides its bytes: their checksums, how they are encrypted, until when locked."""
        options = self._options
        how: dict[str, Any] = {"Metadata": {"sha256": sha256}}
        if options.checksums == "sha256":
            how["ChecksumSHA256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
        if options.encryption:
            how["ServerSideEncryption"] = options.encryption
        if options.kms_key:
            how["SSEKMSKeyId"] = options.kms_key
        if options.lock != "none" and locked_until is not None:
            how |= {"ObjectLockMode": options.lock.upper(), "ObjectLockRetainUntilDate": locked_until}
            how["ContentMD5"] = base64.b64encode(hashed(body, "md5")).decode()  # with a lock, S3 asks for it
        return how

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        """Return what is stored; see ``Storage``."""
        with self.reading(key) as found:
            return whole(b"".join(found.chunks), sha256, key)

    @contextmanager
    def reading(self, key: str, *, first: int = 0, last: int | None = None) -> Generator[ByteRange]:
        """Give a range of an object; see ``Storage``. Its reader may be slow: the endpoint alone is hurried."""
        wanted = {"Range": f"bytes={first}-{'' if last is None else last}"} if first or last is not None else {}
        try:
            with self._calling(f"read {key}"):
                answer = self._client.get_object(Bucket=self._address.bucket, Key=self._key(key), **wanted)
        except Rejected as error:
            raise self._range_error(key, error, first) from error
        length = answer["ContentLength"]
        total = int(answer.get("ContentRange", f"/{length}").rpartition("/")[2])
        with closing(answer["Body"]) as body:
            yield ByteRange(first, first + length - 1, total, self._chunks(body, length, f"read {key}"))

    def _range_error(self, key: str, error: Rejected, first: int) -> Rejected:
        """Return ``BadRange`` where the endpoint has no such bytes, or else the error itself."""
        if isinstance(error, Missing) or "InvalidRange" not in str(error):
            return error
        total = self.stat(key).size
        return BadRange(f"{key} has {total} bytes and none at {first}", total=total)

    def _chunks(self, body: Any, length: int, what: str) -> Iterator[bytes]:
        """Iterate over a body. Only our waits for the endpoint count to its deadline, which grows with each byte."""
        got, waited = 0, 0.0
        while got < length:
            began = time.monotonic()
            with translated(what, Deadline.after(self._options.deadline_s)):
                chunk = body._raw_stream.read1(min(CHUNK, length - got))  # noqa: SLF001 - read() waits for all of them
            waited += time.monotonic() - began
            if not chunk:
                raise Unavailable(f"{what}: it ended after {got} of {length} bytes")
            if waited > self._options.deadline_s + got / _SLOWEST:
                raise Unavailable(f"{what}: the answer took longer than its deadline")
            got += len(chunk)
            yield chunk

    def stat(self, key: str) -> StoredObject:
        """Return what is known of an object; see ``Storage``."""
        with self._calling(f"look at {key}"):
            found = self._client.head_object(Bucket=self._address.bucket, Key=self._key(key))
        return StoredObject(key, found["ContentLength"], found["LastModified"])

    def exists(self, key: str) -> bool:
        """Return whether there is such an object; see ``Storage``. It takes the right to list the bucket."""
        try:
            self.stat(key)
        except Missing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove an object; see ``Storage``."""
        with self._calling(f"remove {key}"):
            self._client.delete_object(Bucket=self._address.bucket, Key=self._key(key))

    def every(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """Iterate over objects; see ``Storage``. Each page is a call of its own."""
        start = f"{self._key(prefix)}/" if prefix else self._before
        last = f"{self._before}{after}" if after else ""
        while True:
            with self._calling(f"list {prefix}"):
                page = self._client.list_objects_v2(
                    Bucket=self._address.bucket, Prefix=start, MaxKeys=_PAGE, StartAfter=last
                )
            for one in page.get("Contents", []):
                last = one["Key"]
                yield StoredObject(last.removeprefix(self._before), one["Size"], one["LastModified"])
            if not page["IsTruncated"]:
                return

    def link(self, key: str, hand_out: HandOut, *, holds_s: int) -> str | None:
        """Return a presigned address, whose answer has the headers that are given; see ``Storage``."""
        asked = {
            "Bucket": self._address.bucket,
            "Key": self._key(key),
            "ResponseContentType": hand_out.content_type,
            "ResponseContentDisposition": hand_out.content_disposition,
            "ResponseCacheControl": "private, no-store",
        }
        with translated(f"sign {key}", Deadline.after(self._options.deadline_s)):
            return self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=holds_s, HttpMethod="GET")

    def upload_form(self, key: str, *, most: int, holds_s: int) -> UploadForm | None:
        """Return a form with a signed policy, which fixes all that is sent besides the bytes; see ``Storage``."""
        options = self._options
        fixed = {"Content-Type": "application/octet-stream", "success_action_status": "201"}
        if options.encryption:
            fixed["x-amz-server-side-encryption"] = options.encryption
        if options.kms_key:
            fixed["x-amz-server-side-encryption-aws-kms-key-id"] = options.kms_key
        conditions: list[Any] = [["content-length-range", 1, most], *({name: value} for name, value in fixed.items())]
        with translated(f"sign {key}", Deadline.after(options.deadline_s)):
            made = self._client.generate_presigned_post(
                self._address.bucket, self._key(key), Fields=fixed, Conditions=conditions, ExpiresIn=holds_s
            )
        return UploadForm(made["url"], made["fields"])

    def check(self) -> None:
        """Keep a small object, always under the same key, and read it back; see ``Storage``."""
        sha256 = self.put(TRIAL, b"Nolapse keeps its documents here.\n")
        self.get(TRIAL, sha256=sha256)

    @property
    def _before(self) -> str:
        return f"{self._address.prefix}/" if self._address.prefix else ""

    def _key(self, key: str) -> str:
        return self._before + checked(key)

    @contextmanager
    def _calling(self, what: str, *, size: int = 0) -> Generator[None]:
        deadline = Deadline.after(self._options.deadline_s + size / _SLOWEST)
        with self._limit("storage", self._address.server), calling(deadline), translated(what, deadline):
            yield


def _client(address: S3Address, keys: S3Keys | None, guard: Guard, ca_file: Path | None) -> Any:
    """Return boto3's client over guarded connections, with options that every endpoint of S3's API takes.

    It has no type of its own: boto3 makes its methods as it runs.
    """
    given = {} if keys is None else _credentials(keys)
    with _making:
        client = _session().client(
            "s3",
            region_name=address.region,
            endpoint_url=address.endpoint,
            config=Config(
                signature_version="s3v4",
                retries={"total_max_attempts": 1},
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                max_pool_connections=POOL,
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={
                    "addressing_style": "path" if address.endpoint or "." in address.bucket else "virtual",
                    "us_east_1_regional_endpoint": "regional",
                    "payload_signing_enabled": True,
                },
            ),
            **given,
        )
    client._endpoint.http_session = GuardedSession(guard, ca_file)  # noqa: SLF001 - boto3 has no other way in
    return client


@cache
def _session() -> Any:
    """Return boto3's session; what it has read of S3 serves every client."""
    return boto3.session.Session()


def _credentials(keys: S3Keys) -> dict[str, Any]:
    return {
        "aws_access_key_id": keys.access,
        "aws_secret_access_key": keys.secret,
        "aws_session_token": keys.token,
    }
