"""Who sends a client's invoices: a row that owners edit, or the settings as long as there is none."""

import settings
from db.billing import senders
from db.billing.senders import Sender
from rules.billing import logos
from rules.billing.logos import Logo


def of_client(client_id: int) -> Sender:
    """Return the client's own sender, the default one, or one made of the settings, which knows no taxes."""
    return senders.of_client(client_id) or _of_settings()


def default() -> Sender:
    """Return the sender of every client who has no other."""
    return senders.default() or _of_settings()


def logo_in_mail(sender_id: int | None) -> Logo | None:
    """Return a sender's logo as mails carry it; None where there is no such sender any more, or no such logo."""
    found = senders.many([sender_id]) if sender_id else []
    return logos.in_mail(found[0].logo) if found else None


def _of_settings() -> Sender:
    config = settings.current()
    return Sender(
        name=config.seller_name,
        address=config.seller_address,
        payment_note=config.payment_note,
        series=config.invoice_series,
        due_days=config.invoice_due_days,
    )
