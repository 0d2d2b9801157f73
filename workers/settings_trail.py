"""The settings in force, in the audit trail: whoever reads it sees by what the installation went, and since when."""

import socket

import settings
from db import connection
from db.access import audit
from db.ledger import leases
from rules.access.audit import fingerprint, line

_REMEMBERED = "settings"


def record() -> None:
    """Write the settings that differ from their defaults, where they are others than at the last start on this machine.

    Secrets are written as being set, no more.
    """
    given = settings.current().given()
    seen = fingerprint(given)
    name = f"{_REMEMBERED}:{fingerprint({'host': socket.gethostname()})[:16]}"
    with connection.session(), connection.transaction():
        if leases.remembered(name) == seen:
            return
        leases.remember(name, seen)
        audit.add("nolapse", "settings in force", line(f"machine {socket.gethostname()}", 200), {}, after=given)
