"""A disk of a few megabytes for tests that fill it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BLOCK = 4096
_TMPFS = ("-t", "tmpfs")


class SmallDisk:
    """A file system in memory with little room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._filler.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * _BLOCK)
            except OSError:
                return

    def make_room(self) -> None:
        """Give it back."""
        self._filler.unlink(missing_ok=True)


def can_mount() -> bool:
    """Tell whether this user may mount a small disk."""
    with tempfile.TemporaryDirectory(prefix="nolapse-disk-") as folder:
        if os.geteuid() != 0 or _mount(*_TMPFS, "-o", "size=1m", "tmpfs", folder):
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@contextmanager
def small_disk(folder: Path, *, mib: int) -> Iterator[SmallDisk]:
    """Mount one; skips the test where this user may not."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() != 0 or _mount(*_TMPFS, "-o", f"size={mib}m,mode=0777", "tmpfs", str(folder)):
        pytest.skip("only root can mount a small disk")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*arguments: str) -> int:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode
