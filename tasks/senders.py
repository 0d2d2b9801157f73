"""Who sends a client's invoices: a row that owners edit, or the settings as long as there is none."""

import settings
from db.money import senders
from db.money.senders import Sender


def of_client(client_id: int) -> Sender:
    """Return the client's own sender, the default one, or one made of the settings, which knows no taxes."""
    found = senders.of_client(client_id)
    if found is not None:
        return found
    config = settings.current()
    return Sender(
        name=config.seller_name,
        address=config.seller_address,
        payment_note=config.payment_note,
        series=config.invoice_series,
        due_days=config.invoice_due_days,
    )
