"""A client's stored card, and a charge of it for an invoice."""

from db import connection
from db.billing.invoices import Invoice
from db.payments import attempts, stripe_customers
from db.payments.attempts import NewAttempt
from rules.billing.attempts import AttemptKind
from rules.billing.money import Money
from sandbox.stripe import StripeServer
from sandbox.stripe import payments as there
from tasks import payments as tasks


def charging(stripe: StripeServer, invoice: Invoice) -> tuple[int, str]:
    """Begin a charge of a stored card, whose customer Stripe knows; returns the attempt's id and key."""
    email, key = f"payer-{invoice.client_id}@clients.test", tasks.new_key()
    customer = there.create_customer(stripe.objects, {"email": email})["id"]
    card = there.attach(stripe.objects, "pm_card_visa", {"customer": customer})["id"]
    with connection.session(), connection.transaction():
        stripe_customers.begin(invoice.client_id, key=tasks.new_key(), email=email)
        stripe_customers.made(invoice.client_id, customer)
        attempt_id = attempts.begin(
            NewAttempt(
                client_id=invoice.client_id,
                invoice_id=invoice.id,
                kind=AttemptKind.CARD,
                key=key,
                amount=Money(invoice.gross_minor, invoice.currency),
                asked_by="test",
                card=card,
            )
        )
        tasks.charge.enqueue(attempt_id=attempt_id)
    return attempt_id, key
