"""What should have happened and has not, in one line each, as ``nolapse doctor`` and the page Today say it."""

from collections.abc import Sequence

_MINUTE_S = 60
_HOUR_S = 3600
_NAMED = 3

NO_LEADER = "no scheduler leads: nothing falls due, nothing is tried again, no run is closed"


def overdue(schedules: Sequence[str]) -> str:
    """Say which schedules should have been due before now, and were not decided."""
    more = f" and {len(schedules) - _NAMED} more" if len(schedules) > _NAMED else ""
    return f"overdue, and nobody has decided what becomes of it: {', '.join(schedules[:_NAMED])}{more}"


def outbox(waiting: int, oldest_s: float, last_sent_s: float | None) -> str:
    """Say that mails wait and none goes out. Times are seconds ago; None: none was ever sent."""
    last = "none has ever been sent" if last_sent_s is None else f"none has been sent for {_long(last_sent_s)}"
    return f"{waiting} mails wait, the oldest for {_long(oldest_s)}, and {last}"


def silent(services: Sequence[str]) -> str:
    """Say which outside services have answered nothing of late."""
    return "; ".join(f"{name} answers nothing" for name in services)


def unscanned(files: int) -> str:
    """Say that files from outside wait for the virus scanner."""
    if files == 1:
        return "a file has waited for the virus scanner for more than half an hour; nobody can open it"
    return f"{files} files have waited for the virus scanner for more than half an hour; nobody can open them"


def _long(seconds: float) -> str:
    if seconds < 2 * _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min"
    return f"{seconds // _HOUR_S:.0f} h"
