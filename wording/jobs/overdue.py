"""What is overdue, in one line each, for ``nolapse doctor`` and the page Today."""

from collections.abc import Sequence

from wording.messages import N_, _, ngettext

_MINUTE_S = 60
_HOUR_S = 3600
_NAMED = 3

NO_LEADER = N_("no scheduler leads: nothing falls due, nothing is tried again, no run is closed")


def overdue(schedules: Sequence[str]) -> str:
    """Return the line about schedules whose due moments have passed without a decision."""
    more = _(" and {what} more", what=len(schedules) - _NAMED) if len(schedules) > _NAMED else ""
    return _(
        "overdue, and nobody has decided what becomes of it: {what}{more}",
        what=", ".join(schedules[:_NAMED]),
        more=more,
    )


def outbox(waiting: int, oldest_s: float, last_sent_s: float | None) -> str:
    """Return the line about mails that wait while none goes out. Times are seconds ago; None: none was ever sent."""
    last = (
        _("none has ever been sent")
        if last_sent_s is None
        else _("none has been sent for {long}", long=_long(last_sent_s))
    )
    return ngettext(
        "{number} mail waits, the oldest for {long}, and {last}",
        "{number} mails wait, the oldest for {long}, and {last}",
        waiting,
        long=_long(oldest_s),
        last=last,
    )


def silent(services: Sequence[str]) -> str:
    """Return the line about outside services that have answered nothing of late."""
    return "; ".join(f"{name} answers nothing" for name in services)


def unscanned(files: int) -> str:
    """Return the line about files from outside that wait for the virus scanner."""
    if files == 1:
        return _("a file has waited for the virus scanner for more than half an hour; nobody can open it")
    return _(
        "{files} files have waited for the virus scanner for more than half an hour; nobody can open them", files=files
    )


def _long(seconds: float) -> str:
    if seconds < 2 * _HOUR_S:
        return _("{what:.0f} min", what=seconds // _MINUTE_S)
    return f"{seconds // _HOUR_S:.0f} h"
