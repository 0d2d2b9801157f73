"""What events and alerts are about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event or an alert is about."""

    kind: str  # domain, endpoint, invoice, subscription, billing_item, mail, task
    id: int
    client_id: int | None = None
