"""Keeps documents as files under one folder: a key names bytes, and a reader sees all of them or none."""

import hashlib
import os
import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from integrations.errors import Rejected, Unavailable

MAX_KEY_LENGTH = 512

# No segment starts with a dot, so none is "." or ".."; files that are being written do, so no key names one of them.
_KEY = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,199}(/[a-z0-9_-][a-z0-9_.-]{0,199})*")


class Missing(Rejected):
    """Raised when nothing is stored under the key."""


class Storage:
    """A folder of documents. Its effects are keyed: to put the same bytes again changes nothing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, data: bytes) -> str:
        """Store ``data`` under ``key`` and return its SHA-256 in hex. What stood there before is replaced at once.

        When this returns, the bytes are on the disk. Raises Rejected for a key that is not one, Unavailable where
        the disk refuses.
        """
        path = self._path(key)
        with _disk_errors(key):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, data)
        return hashlib.sha256(data).hexdigest()

    def get(self, key: str) -> bytes:
        """Return what is stored under ``key``. Raises Missing, Rejected or Unavailable."""
        path = self._path(key)
        with _disk_errors(key):
            return path.read_bytes()

    def exists(self, key: str) -> bool:
        """Return whether something is stored under ``key``. Raises Rejected or Unavailable."""
        path = self._path(key)
        with _disk_errors(key):
            return path.is_file()

    def delete(self, key: str) -> None:
        """Remove what is stored under ``key``, if anything is. Raises Rejected or Unavailable."""
        path = self._path(key)
        with _disk_errors(key):
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
            raise Rejected(f"not a storage key: {key[:MAX_KEY_LENGTH]!r}")
        return self._root / key


def _replace(path: Path, data: bytes) -> None:
    """Write next to ``path`` and rename over it: a crash leaves the old bytes or the new ones, never a part."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
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
