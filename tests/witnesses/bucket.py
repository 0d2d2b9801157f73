"""What is put to a real bucket, and that it refuses what it must: the tests of the storage, links, forms, policies.

Each failure is a sentence; none is what is wished for.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from integrations.errors import IntegrationError, Rejected
from integrations.storage import HandOut, Missing, UploadForm
from integrations.storage.s3 import S3Keys, S3Options, S3Storage
from rules.documents.storage_address import S3Address
from tests.support import buckets
from tests.witnesses import ceph, packages
from tests.witnesses.ceph import Gateway
from tests.witnesses.servers.place import NotStarted

_BUCKET = "documents"
_DOCUMENT = b"a document"
_AS_PDF = HandOut("application/pdf", 'attachment; filename="a.pdf"')
_HOLDS_S = 2
_OK = range(200, 300)
_DOCS = Path("docs/documents.md")


def failures(folder: Path) -> list[str]:
    """Return what the bucket does otherwise than we rely on, each in a sentence."""
    try:
        with ceph.running(folder) as gateway:
            gateway.make_bucket(_BUCKET)
            return [*_suite(gateway), *_links(gateway), *_forms(gateway), *_policies(gateway), *_kept_how(gateway)]
    except (packages.Missing, NotStarted) as error:
        return [f"Ceph's gateway could not be had: {error}"]


def _suite(gateway: Gateway) -> Iterator[str]:
    """Run the tests of the storage against it."""
    tests = ["tests/integrations/test_storage.py", "tests/integrations/test_storage_s3.py"]
    without = f"--deselect={tests[1]}::test_encryption_is_asked_for_where_the_settings_say_so"  # it has no keys of KMS
    environment = [f"TEST_S3_ENDPOINT={gateway.endpoint}"]
    done = subprocess.run(
        ["env", *environment, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", without, *tests],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        yield f"Ceph: the tests of the storage fail against it: {done.stdout[-2000:]}"


def _home(gateway: Gateway, *, keys: S3Keys | None = None, prefix: str = "agency", options: S3Options) -> S3Storage:
    where = S3Address(_BUCKET, prefix, "us-east-1", gateway.endpoint)
    return S3Storage(where, keys=keys or gateway.owner, guard=buckets.LOOPBACK, options=options)


def _links(gateway: Gateway) -> Iterator[str]:
    """Change a link in every way, and use it too late."""
    home = _home(gateway, options=S3Options())
    for key in ("a", "b"):
        home.put(key, _DOCUMENT)
    link = str(home.link("a", _AS_PDF, holds_s=_HOLDS_S))
    yield from _as_it_is_given(link)
    for method in ("PUT", "POST", "DELETE"):
        yield from _must_refuse(f"a link used with {method}", method, link)
    changes = {
        "another object": ("/agency/a?", "/agency/b?"),
        "another bucket": (f"/{_BUCKET}/", "/other/"),
        "a longer time": (f"X-Amz-Expires={_HOLDS_S}", "X-Amz-Expires=600"),
        "another name": ("a.pdf", "a.html"),
        "another type": ("application%2Fpdf", "text%2Fhtml"),
        "another signature": ("X-Amz-Signature=", "X-Amz-Signature=0"),
        "no signature": ("X-Amz-Signature=", "X-Amz-Nothing="),
        "another account": (gateway.owner.access, "SOMEBODY"),
    }
    for what, (before, after) in changes.items():
        if before not in link:
            yield f"Ceph: a link has no {before!r} that could be changed: {link}"
        yield from _must_refuse(f"a link changed to {what}", "GET", link.replace(before, after, 1))
    sleep(_HOLDS_S + 1)  # the bucket's clock decides
    yield from _must_refuse("a link that has expired", "GET", link)


def _as_it_is_given(link: str) -> Iterator[str]:
    status, headers, body = _asked("GET", link)
    if (status, body) != (200, _DOCUMENT):
        yield f"Ceph: a link does not give its document but {status}"
    wanted = {"content-type": _AS_PDF.content_type, "content-disposition": _AS_PDF.content_disposition}
    for name, value in {**wanted, "cache-control": "private, no-store"}.items():
        if headers.get(name) != value:
            yield f"Ceph: a link's answer has {name} {headers.get(name)!r}, not {value!r}"


def _must_refuse(what: str, method: str, url: str) -> Iterator[str]:
    status, _, body = _asked(method, url, b"" if method in ("PUT", "POST") else None)
    if status in _OK or _DOCUMENT in body:
        yield f"Ceph: {what} is answered with {status}"


def _forms(gateway: Gateway) -> Iterator[str]:
    """Post what a form allows, and what it does not."""
    home = _home(gateway, options=S3Options())
    form = home.upload_form("incoming/1", most=10, holds_s=_HOLDS_S)
    if form is None:
        yield "Ceph: there is no form for an upload"
        return
    if (status := buckets.post_form(form, b"1234567890")) not in _OK or home.get("incoming/1") != b"1234567890":
        yield f"Ceph: an upload as its form allows it is answered with {status}"
    changes: dict[str, tuple[Mapping[str, str], bytes]] = {
        "too many bytes": ({}, b"12345678901"),
        "no bytes": ({}, b""),
        "another key": ({"key": "agency/documents/client/1/0"}, b"x"),
        "another type": ({"Content-Type": "text/html"}, b"x"),
        "a right for everybody": ({"acl": "public-read"}, b"x"),
        "a lock": ({"x-amz-object-lock-mode": "COMPLIANCE"}, b"x"),
        "another signature": ({"x-amz-signature": "0" * 64}, b"x"),
        "no policy": ({"policy": ""}, b"x"),
    }
    for what, (fields, body) in changes.items():
        if (status := buckets.post_form(form, body, fields)) in _OK:
            yield f"Ceph: an upload with {what} is answered with {status}"
    sleep(_HOLDS_S + 1)
    if (status := buckets.post_form(form, b"x")) in _OK:
        yield f"Ceph: an upload by a form that has expired is answered with {status}"
    if home.get("incoming/1") != b"1234567890":
        yield "Ceph: what was refused was stored"


def _policies(gateway: Gateway) -> Iterator[str]:
    """Give two accounts the policies of docs/documents.md, and try what each may and may not."""
    running, maintenance = (
        json.loads(found) for found in re.findall(r"```json\n(.*?)```", _DOCS.read_text(), re.DOTALL)[:2]
    )
    runs = _with_policy(gateway, "running", running)
    maintains = _with_policy(gateway, "maintenance", maintenance)
    gateway.allow_by_bucket(_BUCKET, "running", running)  # Ceph looks at no other policy where a form is posted
    elsewhere = _home(gateway, keys=gateway.keys["running"], prefix="another", options=S3Options())
    locks = _home(gateway, keys=gateway.account("locking"), options=S3Options(lock="governance"))
    allowed: dict[str, Callable[[], object]] = {
        "running may not be tried": runs.check,
        "running may not put and get": lambda: (runs.put("p", b"1"), runs.get("p")),
        "running may not hand out": lambda: _asked("GET", str(runs.link("p", _AS_PDF, holds_s=60)))[0] in _OK or _no(),
        "running may not take in": lambda: buckets.post_form(_form(runs), b"x") in _OK or _no(),
        "running may not read what was taken in": lambda: (runs.put("incoming/2", b"x"), runs.stat("incoming/2")),
        "maintenance may not list": lambda: any(one.key == "p" for one in maintains.every("")) or _no(),
        "maintenance is not told that nothing is there": lambda: _is_missing(maintains) or _no(),
        "maintenance may not move": lambda: (maintains.put("m", b"1"), maintains.get("m")),
        "maintenance may not remove": lambda: maintains.delete("m"),
    }
    forbidden: dict[str, Callable[[], object]] = {
        "running may delete": lambda: runs.delete("p"),
        "running may list": lambda: list(runs.every("")),
        "running may put elsewhere": lambda: elsewhere.put("p", b"1"),
        "running may read elsewhere": lambda: elsewhere.get("p"),
        "who has no policy may put": lambda: locks.put("p", b"1"),
        "who has no policy may get": lambda: locks.get("p"),
    }
    for what, act in allowed.items():
        if error := _refusal(act):
            yield f"Ceph: {what}: {error}"
    yield from (f"Ceph: {what}" for what, act in forbidden.items() if not isinstance(_refusal(act), Rejected))


def _with_policy(gateway: Gateway, name: str, policy: dict[str, Any]) -> S3Storage:
    keys = gateway.account(name)
    gateway.allow(name, policy)
    return _home(gateway, keys=keys, options=S3Options())


def _kept_how(gateway: Gateway) -> Iterator[str]:
    """Keep something locked, and something encrypted with a checksum of its own."""
    locked = _home(gateway, options=S3Options(lock="compliance"))
    locked.put("locked", b"1", locked_until=datetime.now(UTC) + timedelta(minutes=5))
    head = buckets.client(locked).head_object(Bucket=_BUCKET, Key="agency/locked")
    if head.get("ObjectLockMode") != "COMPLIANCE":
        yield "Ceph: what is kept until a day is not locked"
    try:
        buckets.client(locked).delete_object(Bucket=_BUCKET, Key="agency/locked", VersionId=head["VersionId"])
    except buckets.client(locked).exceptions.ClientError:
        pass
    else:
        yield "Ceph: what is locked can be removed for good"
    encrypted = _home(gateway, options=S3Options(encryption="AES256", checksums="sha256"))
    encrypted.put("encrypted", _DOCUMENT)
    if encrypted.get("encrypted") != _DOCUMENT:
        yield "Ceph: what was encrypted is not given back"


def _is_missing(home: S3Storage) -> bool:
    try:
        home.stat(f"nothing-{uuid4()}")
    except Missing:
        return True
    except Rejected:
        return False
    return False


def _no() -> None:
    raise Rejected("it does not work")


def _refusal(act: Callable[[], object]) -> IntegrationError | None:
    try:
        act()
    except IntegrationError as error:
        return error
    return None


def _form(home: S3Storage) -> UploadForm:
    form = home.upload_form(f"incoming/{uuid4()}", most=10, holds_s=60)
    assert form is not None
    return form


def _asked(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(
            method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, dict(headers or {})
        )
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
