"""Addresses that staff suppress, and let have mail again."""

from datetime import UTC, datetime, timedelta

from db import connection
from db.mail import suppressions
from db.mail.suppressions import Suppression
from db.portfolio import alerts, clients
from rules.checks.subjects import Subject
from rules.mail.mail_outcomes import BILLING_ADDRESS, STAFF


def suppress(address: str, *, why: str, days: int | None, actor: str) -> Suppression:
    """Suppress an address for so many days, or (None) until somebody lifts it; return the suppression that holds."""
    now = datetime.now(UTC)
    with connection.transaction():
        suppressions.add(
            Suppression(
                address=address,
                reason=STAFF,
                said=why,
                created_by=actor,
                created_at=now,
                expires_at=None if days is None else now + timedelta(days=days),
            )
        )
        holds = suppressions.active(address)
    assert holds  # noqa: S101 - it was added, or a longer one stands
    return holds


def lift(suppression_id: int) -> Suppression:
    """Lift a suppression and return it as it was. Raises ``LookupError``."""
    with connection.transaction():
        before = suppressions.lift(suppression_id)
        for client in clients.of_email(before.address):
            alerts.clear(BILLING_ADDRESS, Subject("client", client.id))
    return before
