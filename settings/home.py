"""The home: the folder in which this installation keeps its files. Only the user who runs Nolapse may read it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_files_private() -> None:
    """Make files that this process creates from now on readable by its own user alone."""
    os.umask(_OTHERS)


def make(home: Path) -> None:
    """Create the home if it is missing, and remove other users' permissions on it and on what lies directly in it.

    Deeper files are protected by their folder. Files of another user stay as they are. Raises ``OSError`` where the
    home cannot be created.
    """
    home.mkdir(parents=True, exist_ok=True)
    for path in exposed(home):
        if path.stat().st_uid == os.getuid():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)


def require_possible(folder: Path) -> None:
    """Raise ``ValueError`` where a folder can never be created, because a part of its path is no folder."""
    there = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.exists() or path == path.parent
    )
    if not there.is_dir():
        raise ValueError(f"{there} is no folder")


def exposed(home: Path) -> list[Path]:
    """Return what other users of this machine may read or enter: the home itself, and what lies directly in it."""
    return [path for path in _level(home) if stat.S_IMODE(path.stat().st_mode) & _OTHERS]


def _level(home: Path) -> Iterator[Path]:
    if home.is_dir():
        yield home
        yield from (path for path in home.iterdir() if not path.is_symlink() and not path.is_socket())
