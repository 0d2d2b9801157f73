"""What is known of Stripe's objects: the newest snapshot of each, whatever the order in which they came."""

import json

from db import connection
from db.fields import from_json, stored
from rules.stripe import snapshots
from rules.stripe.fold import KnownObject
from rules.stripe.snapshots import Snapshot, StripeIntent


def alone_with(intent: str) -> None:
    """Keep others from folding what is about this payment until the caller's transaction ends; wait for them first."""
    connection.alone(f"stripe {intent}")


def merge(known: KnownObject) -> bool:
    """Keep what is known of an object, in the caller's transaction; returns whether it is newer than what was kept."""
    version, snapshot = known.version, known.snapshot
    return bool(
        connection.changed(
            """
            INSERT INTO stripe_object (id, intent, ended, at, life, source, snapshot)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO UPDATE SET intent = excluded.intent, ended = excluded.ended, at = excluded.at,
                life = excluded.life, source = excluded.source, snapshot = excluded.snapshot
            WHERE (excluded.ended, excluded.at, excluded.life, excluded.source)
                > (stripe_object.ended, stripe_object.at, stripe_object.life, stripe_object.source)
            """,
            snapshot.id,
            intent_of(snapshot) or snapshot.id,
            version.ended,
            stored(version.at),
            version.life,
            version.source,
            json.dumps(snapshots.written(snapshot)),
        )
    )


def of_intent(intent: str) -> list[Snapshot]:
    """Return what is known of a payment, and of its refunds and disputes."""
    rows = connection.execute("SELECT snapshot FROM stripe_object WHERE intent = %s ORDER BY id", intent)
    found = (snapshots.read(from_json(raw)) for (raw,) in rows)
    return [one for one in found if one is not None]


def intent_of(snapshot: Snapshot) -> str | None:
    """Return the payment that an object belongs to; None for a session whose payment has not begun."""
    return snapshot.id if isinstance(snapshot, StripeIntent) else snapshot.intent or None
