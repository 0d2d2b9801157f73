"""Notes of how far the ledger has come, where a restore of the database does not reach: in the home, and in Redis.

The leading scheduler takes a step and notes it. A process that starts reads the notes first and the ledger after them,
so the ledger can only be further; a ledger that is behind was restored from a backup. Either note is enough.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import redis
import structlog

import settings
from db.ledger import ledger_history
from tasks.transport import redis_queue

log = structlog.get_logger()

_FILE = "history.json"
_KEY = f"{redis_queue.NAMESPACE}:nolapse-history"
_READ_AT_MOST = 1000


class DatabaseRestored(Exception):
    """Raised when the ledger is behind what was noted of it: nobody may work before a person has looked."""

    def __init__(self) -> None:
        super().__init__(
            "the database is older than what was done since: it was restored from a backup, or lost its newest"
            " transactions. See what may be done twice with `nolapse restored --dry-run`, then run `nolapse restored`."
        )


@dataclass(frozen=True, slots=True)
class HistoryNote:
    """How far a ledger was: its name, and how many steps it had taken."""

    name: str
    steps: int


def require_current() -> None:
    """Raise ``DatabaseRestored`` where the ledger is behind its notes. To be called in a session."""
    if is_behind():
        raise DatabaseRestored


def is_behind() -> bool:
    """Tell whether the ledger is behind its notes. They are read first: meanwhile the ledger can only go on."""
    noted = list(_notes())
    found = ledger_history.find()
    return found is not None and found.steps < _furthest(noted, found.name)


def keep() -> None:
    """Take a step and note it. Raises ``DatabaseRestored`` where the ledger is behind its notes. In a session."""
    require_current()
    _note(ledger_history.advance())


def furthest() -> int:
    """Return the steps that were noted of the ledger; 0 where nothing is. To be called in a session."""
    found = ledger_history.find()
    return _furthest(list(_notes()), found.name) if found else 0


def go_on() -> None:
    """Note how far the ledger is, whatever was noted before."""
    if (found := ledger_history.find()) is not None:
        _note(found)


def _furthest(noted: list[HistoryNote], name: str) -> int:
    return max((one.steps for one in noted if one.name == name), default=0)


def _notes() -> Iterator[HistoryNote]:
    with contextlib.suppress(OSError), _path().open("rb") as file:
        yield from _read(file.read(_READ_AT_MOST))
    with contextlib.suppress(redis.RedisError, OSError):
        if found := cast("bytes | None", _client(settings.current().redis_url).get(_KEY)):
            yield from _read(found)


def _read(text: bytes) -> Iterator[HistoryNote]:
    """Read a note; one that cannot be read, as after a full disk, says nothing."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        held: dict[str, Any] = json.loads(text)
        yield HistoryNote(str(held["name"]), int(held["steps"]))


def _note(found: ledger_history.LedgerHistory) -> None:
    text = json.dumps(asdict(HistoryNote(found.name, found.steps)))
    with contextlib.suppress(OSError):
        _replace(_path(), text)
    with contextlib.suppress(redis.RedisError, OSError):
        _client(settings.current().redis_url).set(_KEY, text)


def _replace(path: Path, text: str) -> None:
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(text)
    new.replace(path)


def _path() -> Path:
    return settings.current().home / _FILE


@cache
def _client(url: str) -> redis.Redis:
    return redis_queue.client(url)
