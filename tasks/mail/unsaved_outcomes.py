"""Outcomes of mails that are not saved yet: the process that knows one tries until the database takes it.

Otherwise, when the database is away, the fate of a mail that a relay took would become unknown.
"""

import time
from collections.abc import Callable

import structlog

from db import connection
from db.ledger.transitions import ClaimLost

log = structlog.get_logger()

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0


def write(act: Callable[[], None], *, late: Callable[[], None]) -> None:
    """Call ``act`` until the database takes it, for as long as this process lives.

    ``late`` is called in its place once the job's claim is lost: it writes what still holds. The claim is
    also lost where the database committed ``act`` and only its answer did not come.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            act()
        except ClaimLost:
            act = late
        except connection.Unreachable as error:
            log.warning("mail_outcome_held", error=str(error))
            connection.begin_afresh()
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        else:
            return
