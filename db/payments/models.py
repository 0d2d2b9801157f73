"""How invoices are paid. An amount is an integer in minor units beside a currency, as on the invoice."""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    JSONField,
    SmallIntegerField,
    TextField,
)

from db.base import Row, Table, now
from db.billing.models import Invoice
from db.fields import Instant
from db.portfolio.models import Client


class StripeCustomer(Table):
    """A client as Stripe knows them; ``customer`` is null while it is not certain that Stripe made it."""

    client_id: int
    client = ForeignKeyField(Client, primary_key=True, on_delete="CASCADE")
    key = CharField(64, unique=True)
    email = CharField(254)  # that it was made with, and is found by
    customer = CharField(255, null=True, unique=True)
    created_at = Instant(default=now)


class PaymentAttempt(Row):
    """One try to be paid for an invoice online: a stored card that is charged, or a page of Checkout."""

    client_id: int
    client = ForeignKeyField(Client, on_delete="RESTRICT", index=False)
    invoice_id: int
    invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
    kind = CharField(12)  # rules.billing.attempts.AttemptKind
    state = CharField(12, default="asked")  # rules.billing.attempts.AttemptState
    key = CharField(64, unique=True)
    amount_minor = BigIntegerField()
    currency = CharField(3)
    card = CharField(255, null=True)
    keeps_card = BooleanField(default=False)
    link_id = BigIntegerField(null=True)  # the client's link, to which Checkout leads back
    object_id = CharField(255, null=True, unique=True)  # Stripe's payment or session
    url = TextField(null=True)
    expires_at = Instant(null=True)
    failure = TextField(null=True)
    asked_by = CharField(100)
    created_at = Instant(default=now)
    ended_at = Instant(null=True)

    class Meta:
        indexes = ((("invoice", "id"), False), (("client", "id"), False))


PaymentAttempt.add_index(
    PaymentAttempt.index(
        PaymentAttempt.invoice,
        unique=True,
        where=SQL("state IN ('asked', 'open', 'processing')"),
        name="payment_attempt_under_way",
    )
)


class BankEntry(Row):
    """A move of a bank's file: once, however often it is read. What is booked of it are payments."""

    key = CharField(64, unique=True)  # rules.bank.bank_file.keys
    account = CharField(40)
    booked_on = DateField()
    amount_minor = BigIntegerField()  # below zero: the bank took a payment back
    currency = CharField(3)
    payer = CharField(200, default="")
    payer_iban = CharField(34, default="", index=True)
    text = TextField(default="")
    bank_reference = CharField(100, default="")
    state = CharField(9, default="open")  # rules.bank.entry_states.BankEntryState
    why = CharField(200, default="")  # it was set aside
    file_name = CharField(200, default="")
    added_by = CharField(100)
    settled_by = CharField(100, default="")
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("state", "id"), False),)


class Payment(Row):
    """Money that came. What was given back of it, or taken back by the payer's bank, stands beside it."""

    client_id: int
    client = ForeignKeyField(Client, on_delete="RESTRICT", index=False)
    invoice_id: int
    invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
    source = CharField(8)  # rules.billing.settlement.PaymentSource
    key = CharField(255, unique=True)  # Stripe's payment, the bank's entry, or one that was made up by the form
    reference = CharField(200, default="")
    currency = CharField(3)
    amount_minor = BigIntegerField()
    refunded_minor = BigIntegerField(default=0)
    disputed_minor = BigIntegerField(default=0)
    dispute = CharField(8, default="")  # rules.billing.settlement.DisputeState
    dispute_due = Instant(null=True)
    received_on = DateField()
    recorded_by = CharField(100)
    created_at = Instant(default=now)
    bank_entry_id: int | None
    bank_entry = ForeignKeyField(BankEntry, null=True, on_delete="RESTRICT")

    class Meta:
        indexes = ((("invoice", "id"), False), (("client", "id"), False), (("received_on", "id"), False))


class Refund(Row):
    """Money that is to go back, and what became of it."""

    payment_id: int
    payment = ForeignKeyField(Payment, on_delete="RESTRICT")
    key = CharField(64, unique=True)
    amount_minor = BigIntegerField()
    state = CharField(10, default="asked")  # rules.billing.settlement.RefundState
    refund = CharField(255, null=True, unique=True)  # Stripe's
    reason = CharField(500)
    failure = TextField(null=True)
    asked_by = CharField(100)
    created_at = Instant(default=now)


class Webhook(Row):
    """An event of Stripe's, as it came. Its id makes it one, however often it comes."""

    event = CharField(255, unique=True)
    kind = CharField(255)
    made_at = Instant()  # on Stripe's clock
    body = TextField()
    polled = BooleanField(default=False)  # it was asked for, and did not come by itself
    state = CharField(10, default="received")  # db.payments.webhooks.WebhookState
    failure = TextField(null=True)
    received_at = Instant(default=now)
    folded_at = Instant(null=True)


Webhook.add_index(Webhook.index(Webhook.id, where=SQL("state <> 'folded'"), name="webhook_not_folded"))


class StripeObject(Table):
    """The newest snapshot of one of Stripe's objects, and the version by which it is the newest."""

    id = CharField(255, primary_key=True)
    intent = CharField(255, index=True)  # the payment that it belongs to, or its own id
    ended = BooleanField()
    at = Instant()
    life = SmallIntegerField()
    source = CharField(255)  # the event; empty for an answer
    snapshot = JSONField()


class DunningStep(Row):
    """A reminder that was sent for an invoice: each stage once. What it charged is owed until it is waived."""

    invoice_id: int
    invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
    days = SmallIntegerField()
    sent_on = DateField()
    fee_minor = BigIntegerField(default=0)
    interest_minor = BigIntegerField(default=0)
    mail_id = BigIntegerField()
    waived_at = Instant(null=True)
    waived_by = CharField(100, default="")
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("invoice", "days"), True),)


class DunningPause(Table):
    """Why no reminder is sent for an invoice, and until when."""

    invoice_id: int
    invoice = ForeignKeyField(Invoice, primary_key=True, on_delete="CASCADE")
    kind = CharField(8)  # rules.billing.dunning.DunningHoldKind
    until = DateField(null=True)
    reason = CharField(500)
    set_by = CharField(100)
    created_at = Instant(default=now)
