"""The home: the folder of what this installation keeps. It is for whoever runs Nolapse, and for nobody else to read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_files_private() -> None:
    """Let what this process makes from now on be readable by its own user alone."""
    os.umask(_OTHERS)


def make(home: Path) -> None:
    """Make the home where it is not there, and take from others what they could read of one that is.

    What lies deeper than one level is out of reach behind its folder. Raises ``OSError`` where it cannot be made; what
    belongs to another user is left as it is.
    """
    home.mkdir(parents=True, exist_ok=True)
    for path in exposed(home):
        if path.stat().st_uid == os.getuid():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)


def require_possible(folder: Path) -> None:
    """Raise ``ValueError`` where a folder can never be made, because what it would lie in is none."""
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
