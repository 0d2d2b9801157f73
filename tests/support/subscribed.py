"""A client who owes something today."""

from datetime import UTC, datetime

from db.billing import subscriptions
from db.billing.subscriptions import Subscription
from db.portfolio import clients
from db.portfolio.clients import Client


def bakery(name: str = "Bakery", *, email: str = "bakery@clients.test", description: str = "Domain care") -> int:
    """Add a client with a yearly subscription of 29.00 EUR and 19 % tax that begins today; return the client's id."""
    client_id, _ = clients.add(Client(name=name, email=email))
    subscriptions.subscribe(
        Subscription(
            client_id=client_id,
            description=description,
            price_minor=2900,
            currency="EUR",
            months=12,
            tax_basis_points=1900,
            anchor=datetime.now(UTC).date(),
        )
    )
    return client_id
