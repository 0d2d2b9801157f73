"""What a bucket does beside what every home does: whatever an endpoint says or fails to say has one meaning for us."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from integrations.storage import HandOut, Missing
from integrations.storage.s3 import S3Options, S3Storage
from rules.documents.storage_address import S3Address
from tests.support import buckets
from tests.support.hostile import Hostile, Play, drips, resets, says

DEADLINE_S = 1.0


def refusal(status: int, code: str, *more: str) -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>said by the endpoint</Message></Error>".encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Content-Type: application/xml", *more]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + body


def asked(play: Play, act: Callable[[S3Storage], object]) -> tuple[IntegrationError, list[bytes]]:
    """Return how a call ends at an endpoint that does as its play says, and what it was asked."""
    with Hostile(play) as server:
        where = buckets.address(f"http://{server.address}", "documents")
        storage = buckets.bucket(where, made=False, deadline_s=DEADLINE_S)
        with pytest.raises(IntegrationError) as refused:
            act(storage)
        return refused.value, server.heard


def get(storage: S3Storage) -> bytes:
    return storage.get("a")


def put(storage: S3Storage) -> str:
    return storage.put("a", b"x")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, "InternalError", Unavailable),
        (503, "ServiceUnavailable", Unavailable),
        (503, "SlowDown", Throttled),
        (429, "TooManyRequests", Throttled),
        (403, "RequestTimeTooSkewed", Unavailable),
        (400, "RequestTimeout", Unavailable),
        (400, "BadDigest", Unavailable),
        (400, "XAmzContentSHA256Mismatch", Unavailable),
        (400, "ExpiredToken", Unavailable),
        (409, "OperationAborted", Unavailable),
        (403, "AccessDenied", Rejected),
        (403, "InvalidAccessKeyId", Rejected),
        (403, "SignatureDoesNotMatch", Rejected),
        (404, "NoSuchBucket", Rejected),
        (400, "EntityTooLarge", Rejected),
    ],
)
def test_each_refusal_says_whether_to_try_again(status: int, code: str, kind: type[IntegrationError]) -> None:
    error, _ = asked(says(refusal(status, code)), put)
    assert type(error) is kind
    assert code in str(error)


def test_a_missing_object_is_missing_and_a_clock_that_is_wrong_is_named() -> None:
    assert isinstance(asked(says(refusal(404, "NoSuchKey")), get)[0], Missing)
    assert "clock" in str(asked(says(refusal(403, "RequestTimeTooSkewed")), put)[0])


def test_what_the_endpoint_asks_for_is_handed_on() -> None:
    error, _ = asked(says(refusal(503, "SlowDown", "Retry-After: 7")), put)
    assert isinstance(error, Throttled)
    assert error.retry_after == 7


def ok(length: int, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "play",
    [
        says(b""),
        says(b"\0\1\2 no protocol\r\n\r\n"),
        says(ok(1000, b"a part")),
        resets(ok(1000, b"a part")),
        drips(ok(1000, b"x" * 1000)),
        drips(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 1000),
        lambda _connection, stopping: stopping.wait(),
    ],
    ids=["hung up", "garbage", "cut off", "reset", "a byte at a time", "headers without end", "silent"],
)
def test_an_endpoint_that_breaks_off_is_unavailable_within_the_deadline(play: Play) -> None:
    began = time.monotonic()
    error, _ = asked(play, get)
    assert type(error) is Unavailable
    assert time.monotonic() - began < 30 * DEADLINE_S, "the deadline is for all of it, not for each byte"


def test_an_endpoint_that_nobody_serves_is_unavailable() -> None:
    with Hostile(says(b"")) as server:
        url = f"http://{server.address}"
    storage = buckets.bucket(buckets.address(url), made=False, deadline_s=DEADLINE_S)
    with pytest.raises(Unavailable):
        put(storage)


def test_only_addresses_that_the_guard_allows_are_called() -> None:
    with Hostile(says(refusal(500, "InternalError"))) as server:
        where = buckets.address(f"http://{server.address}")
        storage = S3Storage(where, keys=buckets.KEYS, guard=Guard(), options=S3Options(deadline_s=DEADLINE_S))
        with pytest.raises(Forbidden, match=r"127\.0\.0\.1"):
            put(storage)
        assert server.heard == []


def test_an_error_tells_no_key_and_no_signature() -> None:
    error, heard = asked(says(refusal(403, "AccessDenied")), put)
    assert b"Signature=" in heard[0]
    assert buckets.KEYS.secret not in f"{error!r} {buckets.KEYS!r}"
    assert "Signature" not in str(error)


def test_a_put_is_signed_with_the_checksum_of_its_bytes_whatever_the_endpoint() -> None:
    _, heard = asked(says(refusal(400, "BadDigest")), put)
    said = heard[0].decode("latin-1").lower()
    assert f"x-amz-content-sha256: {hashlib.sha256(b'x').hexdigest()}" in said
    assert "x-amz-checksum" not in said, "older look-alikes refuse it"
    assert "aws-chunked" not in said


def test_a_checksum_is_kept_with_the_object_where_the_settings_say_so() -> None:
    with Hostile(says(refusal(400, "BadDigest"))) as server:
        storage = buckets.bucket(buckets.address(f"http://{server.address}"), made=False, checksums="sha256")
        with pytest.raises(Unavailable):
            put(storage)
        checksum = base64.b64encode(hashlib.sha256(b"x").digest())
        assert b"x-amz-checksum-sha256: " + checksum.lower() in server.heard[0].lower()


def test_encryption_is_asked_for_where_the_settings_say_so(s3_endpoint: str) -> None:
    where = buckets.address(s3_endpoint)
    storage = buckets.bucket(where, encryption="aws:kms", kms_key="our-key")
    storage.put("a", b"x")
    said = buckets.headers(storage, where, "a")
    assert said["ServerSideEncryption"] == "aws:kms"
    assert said["SSEKMSKeyId"].endswith("our-key")
    assert said["Metadata"] == {"sha256": hashlib.sha256(b"x").hexdigest()}


def test_what_is_locked_says_until_when(s3_endpoint: str) -> None:
    where = buckets.address(s3_endpoint)
    storage = buckets.bucket(where, lock="compliance")
    until = (datetime.now(UTC) + timedelta(days=3650)).replace(microsecond=0)
    storage.put("locked", b"x", locked_until=until)
    storage.put("open", b"x")
    assert buckets.headers(storage, where, "locked")["ObjectLockMode"] == "COMPLIANCE"
    assert buckets.headers(storage, where, "locked")["ObjectLockRetainUntilDate"] == until
    assert "ObjectLockMode" not in buckets.headers(storage, where, "open")


def test_a_link_fixes_the_headers_of_the_answer_and_its_end(s3_endpoint: str) -> None:
    where = buckets.address(s3_endpoint)
    storage = buckets.bucket(where)
    link = storage.link("a", HandOut("application/pdf", 'attachment; filename="a.pdf"'), holds_s=60)
    assert link
    said = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == f"/{where.bucket}/agency/a"
    assert said["X-Amz-Expires"] == ["60"]
    assert said["response-content-type"] == ["application/pdf"]
    assert said["response-content-disposition"] == ['attachment; filename="a.pdf"']
    assert said["response-cache-control"] == ["private, no-store"]
    assert buckets.KEYS.secret not in link


def test_more_than_a_bucket_takes_at_once_is_refused_before_it_is_read() -> None:
    storage = buckets.bucket(S3Address("documents", "", "us-east-1", "http://127.0.0.1:1"), made=False)
    with pytest.raises(Rejected, match="more than"):
        storage.put_file("a", BytesIO(), size=6 * 1024**3, sha256="0" * 64)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "eu-central-2"])
@pytest.mark.parametrize("name", ["documents", "our.documents"])
def test_links_and_forms_lead_to_the_regions_own_host(region: str, name: str) -> None:
    """The host is signed, so where AWS sends a browser on to the region's host no signature holds."""
    where = S3Address(name, "agency", region, None)
    storage = buckets.bucket(where, made=False)
    form = storage.upload_form("incoming/1", most=10, holds_s=60)
    assert form
    for url in (form.url, str(storage.link("a", HandOut("application/pdf", "attachment"), holds_s=60))):
        assert url.startswith(f"{where.origin}/") or url == where.origin


def test_a_form_fixes_all_but_the_bytes(s3_endpoint: str) -> None:
    where = buckets.address(s3_endpoint)
    storage = buckets.bucket(where, encryption="aws:kms", kms_key="our-key")
    form = storage.upload_form("incoming/1", most=10, holds_s=60)
    assert form
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    ours = {name: value for name, value in form.fields.items() if name not in ("policy", "x-amz-signature")}
    fixed = [one for one in policy["conditions"] if isinstance(one, dict)]
    assert {name: value for one in fixed for name, value in one.items()} == {**ours, "bucket": where.bucket}
    assert ["content-length-range", 1, 10] in policy["conditions"]
    assert (ours["key"], ours["Content-Type"]) == ("agency/incoming/1", "application/octet-stream")
    assert ours["x-amz-server-side-encryption-aws-kms-key-id"] == "our-key"
