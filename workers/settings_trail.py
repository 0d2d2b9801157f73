"""The settings in force, in the audit trail: it shows which settings held on a machine, and since when."""

import socket

import settings
from db import connection
from db.access import audit
from db.ledger import leases
from rules.access.audit import fingerprint, line

_REMEMBERED = "settings"


def record() -> None:
    """Write the settings that differ from their defaults, if they have changed since the last start on this machine.

    Of a secret, only the fact that it is set is written.
    """
    given = settings.current().given()
    seen = fingerprint(given)
    name = f"{_REMEMBERED}:{fingerprint({'host': socket.gethostname()})[:16]}"
    with connection.session(), connection.transaction():
        if leases.remembered(name) == seen:
            return
        leases.remember(name, seen)
        audit.add("nolapse", "settings in force", line(f"machine {socket.gethostname()}", 200), {}, after=given)
