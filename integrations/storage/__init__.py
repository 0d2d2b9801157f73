"""Where documents are kept: a folder or a bucket, with the same calls, the same errors and the same promises.

    put, put_file ──> all bytes under the key, or what stood there before; a reader never sees a part
    get           ──> the bytes, and only those whose SHA-256 was asked for
    reading       ──> a range of them as a stream

Effects are keyed: to put the same bytes under the same key again changes nothing. Whatever the size, memory stays flat.

``Missing`` is raised where nothing is stored under a key, ``Rejected`` for what will never be done as asked: a key that
is none, a right that we lack. All else is ``Unavailable``: a full disk, an answer of 5xx, SlowDown, a timeout, a clock
that is wrong, a connection that was lost, bytes that came damaged.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from integrations.errors import Rejected, Unavailable

MAX_KEY_LENGTH = 512
CHUNK = 64 * 1024
"""Bytes that are held at once while a body is streamed."""

TRIAL = "trial"
"""The key under which a trial of a bucket keeps its few bytes."""

# No segment starts with a dot, so none is "." or ".."; files that are being written do, so no key names one of them.
_KEY = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,199}(/[a-z0-9_-][a-z0-9_.-]{0,199})*")


class Missing(Rejected):
    """Raised when nothing is stored under the key."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the storage says of a key: its size in bytes, and when it was written, in UTC."""

    key: str
    size: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes of an object as they come, ``first`` to ``last`` of ``total``, counted from 0 and both included."""

    first: int
    last: int
    total: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class HandOut:
    """How a browser is to take an object: the headers that its answer gets."""

    content_type: str
    content_disposition: str


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form that puts one object into a bucket: where it is posted, and the fields that stand before its file."""

    url: str
    fields: Mapping[str, str]


class Storage(Protocol):
    """Where documents are kept. Deadlines are the storage's own; every call has a total one."""

    def put(self, key: str, data: bytes, *, locked_until: datetime | None = None) -> str:
        """Store ``data`` under ``key`` and return its SHA-256 in hex. What stood there before is replaced at once.

        When this returns, the bytes are kept for good. ``locked_until`` is until when the storage itself refuses to
        give them up, where it was set up so.
        """
        ...

    def put_file(
        self, key: str, file: BinaryIO, *, size: int, sha256: str, locked_until: datetime | None = None
    ) -> None:
        """Store the ``size`` bytes of a file, which can be read more than once, as ``put`` does.

        Raises ``Unavailable`` where they are not those of ``sha256``, in hex: then nothing is stored.
        """
        ...

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        """Return what is stored; with ``sha256``, in hex, these bytes alone."""
        ...

    def reading(self, key: str, *, first: int = 0, last: int | None = None) -> AbstractContextManager[ByteRange]:
        """Give a range of an object, by default all of it. Raises ``BadRange`` where it has no byte ``first``."""
        ...

    def stat(self, key: str) -> StoredObject:
        """Return what is known of an object without reading it."""
        ...

    def exists(self, key: str) -> bool:
        """Return whether something is stored under ``key``."""
        ...

    def delete(self, key: str) -> None:
        """Remove what is stored under ``key``, if anything is."""
        ...

    def every(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """Iterate over what is stored under keys that begin with a folder's name and a slash, in the order of the keys.

        With ``after``, only what comes behind that key.
        """
        ...

    def link(self, key: str, hand_out: HandOut, *, holds_s: int) -> str | None:
        """Return an address at which a browser gets the object for so many seconds; None where there is none."""
        ...

    def upload_form(self, key: str, *, most: int, holds_s: int) -> UploadForm | None:
        """Return a form by which a browser puts 1 to ``most`` bytes under ``key``; None where there is none.

        For ``holds_s`` seconds it may be used as often as its holder likes, and what was put before is replaced.
        """
        ...

    def check(self) -> None:
        """Raise what is wrong where documents cannot be kept here now; at most a small ``TRIAL`` is left."""
        ...


class BadRange(Rejected):
    """Raised when an object has no such bytes; ``total`` is how many it has."""

    def __init__(self, message: str, *, total: int) -> None:
        super().__init__(message)
        self.total = total


def checked(key: str) -> str:
    """Return ``key`` if it is a storage key. Raises ``Rejected`` if it is none."""
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise Rejected(f"not a storage key: {key[:MAX_KEY_LENGTH]!r}")
    return key


def whole(data: bytes, sha256: str | None, key: str) -> bytes:
    """Return ``data`` if it has this SHA-256, in hex, or none is given. Raises ``Unavailable`` where it was damaged."""
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise Unavailable(f"what is stored under {key} has another checksum than it had when it was kept")
    return data


def hashed(file: BinaryIO, name: str = "sha256") -> bytes:
    """Return the checksum of all that a file holds, and leave the file at its beginning."""
    file.seek(0)
    digest = hashlib.new(name, usedforsecurity=False)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.digest()
