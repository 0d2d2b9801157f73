"""What clients pay for, and their invoices. An amount is an integer in minor units beside a currency."""

from peewee import (
    SQL,
    BigIntegerField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from db.base import Row, Table, now
from db.fields import Instant
from db.portfolio.models import Client, Domain


class Subscription(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="subscriptions", on_delete="CASCADE")
    domain = ForeignKeyField(Domain, null=True, on_delete="SET NULL")
    description = CharField(200)
    price_minor = BigIntegerField()
    currency = CharField(3)
    months = SmallIntegerField()
    tax_basis_points = IntegerField(default=0)
    anchor = DateField()  # the first period's first day
    until = DateField(null=True)
    billed = IntegerField(default=0)  # periods
    next_due = DateField(index=True)


class Counter(Table):
    """A gapless series of numbers: the next one is taken in the transaction that uses it."""

    series = CharField(32, primary_key=True)
    next = BigIntegerField(default=1)


class Invoice(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="invoices", on_delete="RESTRICT", index=False)
    series = CharField(32)
    number = BigIntegerField()
    issued_on = DateField()
    due_on = DateField()
    currency = CharField(3)
    net_minor = BigIntegerField()
    tax_minor = BigIntegerField()
    gross_minor = BigIntegerField()
    document_key = CharField(200, null=True)
    document_sha256 = CharField(64, null=True)
    created_at = Instant(default=now)
    document_error = TextField(null=True)  # why it has no document, where the job that makes it ended badly

    class Meta:
        indexes = ((("series", "number"), True), (("client", "id"), False))


Invoice.add_index(Invoice.index(Invoice.id, where=SQL("document_key IS NULL"), name="invoice_undocumented"))


class InvoiceLine(Row):
    """One subscription's one period; its uniqueness is what makes an invoice run safe to repeat."""

    subscription_id: int
    invoice = ForeignKeyField(Invoice, backref="lines", on_delete="RESTRICT")
    subscription = ForeignKeyField(Subscription, on_delete="RESTRICT", index=False)
    period_start = DateField()
    period_end = DateField()
    description = CharField(200)
    net_minor = BigIntegerField()
    tax_basis_points = IntegerField()

    class Meta:
        indexes = ((("subscription", "period_start"), True),)
