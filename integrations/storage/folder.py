"""Keeps documents as files under one folder."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from integrations.errors import Rejected, Unavailable
from integrations.storage import (
    CHUNK,
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

_WRITING = ".writing-"
"""The prefix of the names of files that are not whole yet. No key names one."""


class FolderStorage:
    """A folder of documents; several machines may mount it. It knows no locks but the file system's."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, data: bytes, *, locked_until: datetime | None = None) -> str:
        """Store ``data``; see ``Storage``."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.put_file(key, BytesIO(data), size=len(data), sha256=sha256, locked_until=locked_until)
        return sha256

    def put_file(
        self,
        key: str,
        file: BinaryIO,
        *,
        size: int,
        sha256: str,
        locked_until: datetime | None = None,  # noqa: ARG002 - a folder has no such thing
    ) -> None:
        """Store a file's bytes; see ``Storage``."""
        path = self._path(key)
        with _disk_errors(key):
            _make(path.parent)
            _replace(path, file, size=size, sha256=sha256)

    def get(self, key: str, *, sha256: str | None = None) -> bytes:
        """Return what is stored; see ``Storage``."""
        path = self._path(key)
        with _disk_errors(key):
            return whole(path.read_bytes(), sha256, key)

    @contextmanager
    def reading(self, key: str, *, first: int = 0, last: int | None = None) -> Generator[ByteRange]:
        """Give a range of a file; see ``Storage``."""
        with _opened(self._path(key), key) as file:
            total = os.fstat(file.fileno()).st_size
            end = total - 1 if last is None else min(last, total - 1)
            if first > end and (first or total):
                raise BadRange(f"{key} has {total} bytes and none at {first}", total=total)
            file.seek(first)
            yield ByteRange(first, end, total, _chunks(file, end - first + 1, key))

    def stat(self, key: str) -> StoredObject:
        """Return what is known of a file; see ``Storage``."""
        path = self._path(key)
        with _disk_errors(key):
            if not path.is_file():
                raise Missing(f"nothing is stored under {key}")
            return _described(key, path.stat())

    def exists(self, key: str) -> bool:
        """Return whether there is such a file; see ``Storage``."""
        path = self._path(key)
        with _disk_errors(key):
            return path.is_file()

    def delete(self, key: str) -> None:
        """Remove a file; see ``Storage``."""
        path = self._path(key)
        with _disk_errors(key):
            path.unlink(missing_ok=True)

    def every(self, prefix: str, *, after: str = "") -> Iterator[StoredObject]:
        """Iterate over the files of a folder and those below it; see ``Storage``."""
        start = self._path(prefix) if prefix else self._root
        yield from self._below(start, after)

    def link(self, key: str, hand_out: HandOut, *, holds_s: int) -> str | None:  # noqa: ARG002
        """Return None: a folder is handed out by the web process itself."""
        return None

    def upload_form(self, key: str, *, most: int, holds_s: int) -> UploadForm | None:  # noqa: ARG002
        """Return None: what goes to a folder goes through the web process."""
        return None

    def check(self) -> None:
        """Write and remove a small file; see ``Storage``."""
        with _disk_errors("a trial"):
            _make(self._root)
            with tempfile.NamedTemporaryFile(dir=self._root, prefix=_WRITING) as file:
                file.write(b"trial")
                file.flush()
                os.fsync(file.fileno())

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _below(self, folder: Path, after: str) -> Iterator[StoredObject]:
        """Walk down by name, a folder's own name sorting with the slash behind it, as keys do."""
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda one: one.name + ("/" if one.is_dir() else ""))
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unavailable(f"the storage cannot be listed: {error.strerror}") from error
        for one in entries:
            key = Path(one.path).relative_to(self._root).as_posix()
            if one.name.startswith(_WRITING):
                continue
            if one.is_dir(follow_symlinks=False):
                if f"{key}/" >= after[: len(key) + 1]:
                    yield from self._below(Path(one.path), after)
            elif key > after and (described := _looked_at(key, one)) is not None:
                yield described


def _looked_at(key: str, entry: os.DirEntry[str]) -> StoredObject | None:
    """Return what is known of a file; None where it went away meanwhile, or is no file."""
    try:
        return _described(key, entry.stat()) if entry.is_file() else None
    except FileNotFoundError:
        return None


def _described(key: str, stat: os.stat_result) -> StoredObject:
    return StoredObject(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _opened(path: Path, key: str) -> BinaryIO:
    with _disk_errors(key):
        return path.open("rb")


def _chunks(file: BinaryIO, left: int, key: str) -> Iterator[bytes]:
    while left > 0:
        with _disk_errors(key):
            chunk = file.read(min(left, CHUNK))
        if not chunk:
            raise Unavailable(f"{key} became shorter while it was read")
        left -= len(chunk)
        yield chunk


def _make(folder: Path) -> None:
    """Make a folder and those above it, so that they survive a power cut as what is put into them does."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in missing:
        _sync_folder(one.parent)


def _replace(path: Path, source: BinaryIO, *, size: int, sha256: str) -> None:
    """Write next to ``path`` and rename over it: a crash leaves the old bytes or the new ones, never a part."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_WRITING)
    written = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            source.seek(0)
            shutil.copyfileobj(source, file, CHUNK)
            if file.tell() != size or hashed(file).hex() != sha256:  # of what was really written
                raise Unavailable(f"{path.name}: what was to be kept changed while it was read")
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut. Windows cannot open a folder and needs no such thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk_errors(key: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(f"nothing is stored under {key}") from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise Rejected(f"{key} or a part of it is the name of a folder or of a document already") from error
    except OSError as error:
        raise Unavailable(f"the storage cannot be used for {key}: {error.strerror}") from error
