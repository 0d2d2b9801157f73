"""The demo's morning: a mail has bounced, clients get notices, a digest goes out, staff acknowledge an alert."""

import subprocess
from datetime import UTC, datetime

from cli.demo import night
from db import connection
from db.access import users
from db.alerting import alert_preferences, alert_routes
from db.fields import stored
from db.portfolio import alerts
from rules.access import Role
from rules.alerts.life import AlertEventKind
from rules.alerts.routing import AlertRoute, Preference, RouteStep
from sandbox.world import World

READER = "reader@nolapse.test"
"""The address that gets one mail a day about certificates that end."""
DIGESTED = "certificate_expiry"
SEEN_TO = "document_quarantined"


def hire() -> None:
    """Add a colleague who prefers a digest, and a route that sends them the alerts about certificates."""
    with connection.session(), connection.transaction():
        reader = users.add("reader", Role.OPERATOR, email=READER)
        alert_preferences.keep(reader, Preference(digest_at=_half_a_day_from(datetime.now(UTC))))
        step = RouteStep(people=frozenset({reader}))
        alert_routes.add(AlertRoute(id=0, name="certificates", kinds=(DIGESTED,), steps=(step,)))


def _half_a_day_from(now: datetime) -> int:
    """Return an hour that does not come while the demo runs, as minutes of the day in UTC."""
    return (now.hour + 12) % 24 * 60


def run(world: World, everything: subprocess.Popen[bytes], *, quiet: bool) -> None:
    """Run the morning: bounces, an acknowledgement, digests and notices."""
    world.send_back()
    _see_to()
    _let_digests_be_due()
    night.fire(everything, "bounces", "notices", "alerts", quiet=quiet)


def _see_to() -> None:
    with connection.session():
        ids = [one.id for one in alerts.open_() if one.kind == SEEN_TO]
        alerts.act(ids, AlertEventKind.ACKNOWLEDGED, actor="demo", note="the sender was asked")


def _let_digests_be_due() -> None:
    """Make the digests of the morning due now: the demo does not wait for their hour."""
    with connection.session(), connection.transaction():
        connection.changed(
            "UPDATE alert_telling SET due_at = %s WHERE ended_at IS NULL AND due_at > %s",
            *(stored(datetime.now(UTC)),) * 2,
        )
