"""Named places where the fault tests make a process die, stop or stall; nothing happens unless they are armed.

``NOLAPSE_FAILPOINTS="mail.after_data=kill"`` arms one; ``claim.before=kill@/path`` acts once for all processes that
share the file, which is created by the first to get there.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import cache

import settings


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _fail() -> None:
    raise RuntimeError("a failpoint was armed to fail")


ACTIONS: dict[str, Callable[[], None]] = {"kill": _kill, "stop": _stop, "raise": _fail}


def failpoint(name: str) -> None:
    """Do what the environment has armed for ``name``; usually nothing."""
    armed = _armed().get(name)
    if armed is None:
        return
    action, once = armed
    if once and not _first(once):
        return
    print(f"failpoint {name}: {action}", file=sys.stderr, flush=True)  # noqa: T201 - must be seen before the end
    ACTIONS[action]()


@cache
def _armed() -> dict[str, tuple[str, str]]:
    armed: dict[str, tuple[str, str]] = {}
    for entry in filter(None, settings.current().failpoints.split(",")):
        name, _, action = entry.partition("=")
        action, _, once = action.partition("@")
        if action not in ACTIONS:
            raise settings.BadSettings(f"NOLAPSE_FAILPOINTS names the action {action!r}; known: {', '.join(ACTIONS)}")
        armed[name] = (action, once)
    return armed


def _first(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
