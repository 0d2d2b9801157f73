"""Moving documents from one storage to another while the installation works.

    each object of the source, by key ──> is it there already? ──no──> read, hashed ──> put, verified ──> read back

Nothing is taken from the source. A move that was interrupted goes on with what is not there yet; one more run takes
what was added meanwhile. What a form has put into a bucket and no job has looked at stays where it is, and is sent
again. Promise: keyed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from db import connection
from db.documents import documents
from integrations.storage import TRIAL, Missing, Storage, StoredObject
from rules.documents.direct_uploads import INCOMING
from settings.failpoints import failpoint
from tasks.documents import storage_audit

_IN_MEMORY = 1024 * 1024
"""Bytes up to which an object is held in memory on its way; a larger one is in a temporary file."""


class MoveOutcome(StrEnum):
    """What became of an object."""

    MOVED = "moved"
    THERE = "there already"
    GONE = "gone meanwhile"
    CHANGED = "moved, though it is not what its row says"
    DAMAGED = "not read back as it was sent"


@dataclass(frozen=True, slots=True)
class MovedObject:
    """An object of the source and what became of it."""

    key: str
    size: int
    outcome: MoveOutcome


def move(source: Storage, target: Storage) -> Iterator[MovedObject]:
    """Copy what the source has and the target has not, one by one. Raises as the two do; run it again then."""
    for one in source.every(""):
        if one.key == TRIAL or one.key.startswith(INCOMING):
            continue
        yield MovedObject(one.key, one.size, _moved(source, target, one))
        failpoint("documents.moved")


def _moved(source: Storage, target: Storage, one: StoredObject) -> MoveOutcome:
    if _is_there(target, one):
        return MoveOutcome.THERE
    row = documents.stored_under(one.key)
    connection.rest()
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        digest = hashlib.sha256()
        try:
            with source.reading(one.key) as part:
                for chunk in part.chunks:
                    digest.update(chunk)
                    spool.write(chunk)
        except Missing:
            return MoveOutcome.GONE
        sha256, size = digest.hexdigest(), spool.tell()
        locked_until = row.kept_until if row else None
        target.put_file(one.key, cast("BinaryIO", spool), size=size, sha256=sha256, locked_until=locked_until)
    failpoint("documents.put")
    if storage_audit.checksum(target, one.key) != sha256:
        return MoveOutcome.DAMAGED
    return MoveOutcome.MOVED if row is None or row.sha256 == sha256 else MoveOutcome.CHANGED


def _is_there(target: Storage, one: StoredObject) -> bool:
    try:
        return target.stat(one.key).size == one.size
    except Missing:
        return False
