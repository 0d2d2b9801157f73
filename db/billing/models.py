"""What clients pay for, and their invoices. An amount is an integer in minor units beside a currency."""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    SmallIntegerField,
    TextField,
)

from db.base import Row, Table, now
from db.fields import Instant
from db.portfolio.models import Client, Domain


class Sender(Row):
    """Who sends invoices: what is printed of them, how they are paid, and how they are taxed."""

    name = CharField(200, unique=True)
    address = JSONField(default=list)  # lines: street and house
    postcode = CharField(20, default="")
    city = CharField(200, default="")
    country = CharField(2, default="")  # ISO 3166-1
    vat_id = CharField(20, null=True)
    tax_number = CharField(50, null=True)  # of the local tax office
    legal_id = CharField(50, null=True)  # in a register of companies
    legal_form = TextField(default="")  # what the law wants to be said: register, capital, who directs it
    iban = CharField(34, null=True)
    bic = CharField(11, null=True)
    account_name = CharField(200, null=True)
    contact_name = CharField(200, null=True)
    email = CharField(254, null=True)
    phone = CharField(50, null=True)
    logo = TextField(null=True)  # a data URL
    accent = CharField(7, default="#0b5c6b")
    payment_note = TextField(default="")
    series = CharField(32)
    due_days = SmallIntegerField(default=14)
    one_stop_shop = BooleanField(default=False)
    exemption_reason = TextField(null=True)  # why no VAT is charged at all
    exemption_code = CharField(50, null=True)
    is_default = BooleanField(default=False)
    created_at = Instant(default=now)


Sender.add_index(
    Sender.index(Sender.is_default, unique=True, where=SQL("is_default = TRUE"), name="sender_of_all_others")
)


class BillingProfile(Table):
    """How a client is billed, beside what every client has."""

    client_id: int
    client = ForeignKeyField(Client, primary_key=True, on_delete="CASCADE")
    legal_name = CharField(200, null=True)
    address = JSONField(default=list)  # lines: street and house
    postcode = CharField(20, default="")
    city = CharField(200, default="")
    country = CharField(2, default="")
    kind = CharField(12, default="business")  # rules.billing.tax_decision.BuyerKind
    vat_id = CharField(20, null=True)
    exemption_reason = TextField(null=True)
    exemption_code = CharField(50, null=True)
    reference = CharField(100, null=True)  # what the buyer finds it by: a Leitweg-ID
    electronic_scheme = CharField(4, null=True)  # of the list EAS
    electronic_id = CharField(200, null=True)
    sender_id: int | None
    sender = ForeignKeyField(Sender, null=True, on_delete="SET NULL")
    updated_at = Instant(default=now)


class VatIdCheck(Row):
    """What was asked about a client's VAT-ID, and the answer: evidence, added and never changed."""

    client_id: int
    client = ForeignKeyField(Client, on_delete="CASCADE", index=False)
    vat_id = CharField(20)
    requester = CharField(20, default="")  # the sender's own VAT-ID
    verdict = CharField(16)  # rules.billing.vies_answers.VatIdVerdict
    consultation = CharField(60, default="")
    name = CharField(300, default="")
    address = CharField(300, default="")
    why = CharField(300, default="")  # there was no answer
    checked_at = Instant(default=now)

    class Meta:
        indexes = ((("client", "id"), False),)


class Product(Row):
    """Something that is sold. One that was ever subscribed to is archived, never removed."""

    code = CharField(40, unique=True)
    name = CharField(200)
    description = TextField(default="")
    kind = CharField(16)  # rules.billing.product_kinds.ProductKind
    tld = CharField(63, null=True)  # of which domains it is the price
    unit = CharField(3, default="C62")  # UN/ECE Recommendation 20
    months = SmallIntegerField(default=0)
    days = SmallIntegerField(default=0)  # both 0: it is sold once
    nature = CharField(12, default="electronic")  # rules.billing.tax_decision.ProductNature
    tax_basis_points = IntegerField(null=True)  # null: the standard rate
    exemption_reason = TextField(null=True)
    exemption_code = CharField(50, null=True)
    archived_at = Instant(null=True)
    created_at = Instant(default=now)


class ProductPrice(Row):
    """What a product costs in a currency from a day on."""

    product_id: int
    product = ForeignKeyField(Product, on_delete="CASCADE", index=False)
    currency = CharField(3)
    begin = DateField()
    price_minor = BigIntegerField()
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("product", "currency", "begin"), True),)


class Coupon(Row):
    """A discount that a code gives, to a subscription's first periods or to all of them."""

    code = CharField(40, unique=True)
    name = CharField(200)
    basis_points = IntegerField(default=0)
    amount_minor = BigIntegerField(default=0)
    currency = CharField(3, null=True)  # of the amount
    periods = SmallIntegerField(null=True)  # null: all of them
    begin = DateField(null=True)
    until = DateField(null=True)  # may be redeemed before that day
    most = IntegerField(null=True)  # redemptions
    used = IntegerField(default=0)
    product_id: int | None
    product = ForeignKeyField(Product, null=True, on_delete="CASCADE")  # null: any
    created_at = Instant(default=now)


class Subscription(Row):
    """What a client pays for again and again. Its own terms hold first; ``SubscriptionTerms`` are later ones."""

    client_id: int
    client = ForeignKeyField(Client, backref="subscriptions", on_delete="CASCADE")
    domain_id: int | None
    domain = ForeignKeyField(Domain, null=True, on_delete="SET NULL")
    description = CharField(200)
    price_minor = BigIntegerField()
    currency = CharField(3)
    months = SmallIntegerField()
    tax_basis_points = IntegerField(default=0)  # counts where there is no product
    anchor = DateField()  # the first period's first day
    until = DateField(null=True)
    billed = IntegerField(default=0)  # periods
    next_due = DateField(index=True)
    days = SmallIntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # an interval in days has no months
    quantity_thousandths = BigIntegerField(default=1000, constraints=[SQL("DEFAULT 1000")])
    discount_basis_points = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])
    discount_minor = BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")])
    discount_until = DateField(null=True)
    trial_from = DateField(null=True)  # the free days before the anchor begin here
    domain_name = CharField(253, null=True)  # also once the domain has been removed
    product_id: int | None
    product = ForeignKeyField(Product, null=True, on_delete="RESTRICT")
    coupon_id: int | None
    coupon = ForeignKeyField(Coupon, null=True, on_delete="RESTRICT")


class SubscriptionTerms(Row):
    """What a subscription costs from a day on."""

    subscription_id: int
    subscription = ForeignKeyField(Subscription, on_delete="CASCADE", index=False)
    begin = DateField()
    quantity_thousandths = BigIntegerField()
    price_minor = BigIntegerField()
    discount_basis_points = IntegerField(default=0)
    discount_minor = BigIntegerField(default=0)
    discount_until = DateField(null=True)
    paused = BooleanField(default=False)
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("subscription", "begin"), True),)


class LineChange(Row):
    """What is different of one period of a subscription before it is billed."""

    subscription_id: int
    subscription = ForeignKeyField(Subscription, on_delete="CASCADE", index=False)
    number = IntegerField()  # of the period, from 0
    description = CharField(200, null=True)
    quantity_thousandths = BigIntegerField(null=True)
    price_minor = BigIntegerField(null=True)
    not_before = DateField(null=True)
    omitted = BooleanField(default=False)
    reason = CharField(200)
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("subscription", "number"), True),)


class Counter(Table):
    """A gapless series of numbers: the next one is taken in the transaction that uses it."""

    series = CharField(32, primary_key=True)
    next = BigIntegerField(default=1)


class Invoice(Row):
    """What was issued: triggers refuse each change but those of its document (migration 0025)."""

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
    kind = CharField(12, default="invoice", constraints=[SQL("DEFAULT 'invoice'")])  # or credit_note: amounts < 0
    corrects = ForeignKeyField("self", null=True, on_delete="RESTRICT")  # of a credit note
    description = TextField(null=True)  # rules.billing.invoice_description as JSON; null before there was one

    class Meta:
        indexes = (
            (("series", "number"), True),
            (("client", "id"), False),
            (("number",), False),
            (("gross_minor",), False),
        )


Invoice.add_index(Invoice.index(Invoice.id, where=SQL("document_key IS NULL"), name="invoice_undocumented"))
Invoice.add_index(Invoice.index(Invoice.due_on, Invoice.id, name="invoice_due"))


class InvoiceLine(Row):
    """One subscription's one period; its uniqueness is what makes an invoice run safe to repeat."""

    subscription_id: int | None
    invoice = ForeignKeyField(Invoice, backref="lines", on_delete="RESTRICT")
    subscription = ForeignKeyField(Subscription, null=True, on_delete="RESTRICT", index=False)
    period_start = DateField()
    period_end = DateField()
    description = CharField(200)
    net_minor = BigIntegerField()
    tax_basis_points = IntegerField()
    corrects = ForeignKeyField("self", null=True, unique=True, on_delete="RESTRICT")  # that it takes back whole

    class Meta:
        indexes = ((("subscription", "period_start"), True),)


class CreditOrder(Row):
    """A credit note that somebody asked for, and what became of that. An invoice has one under way at the most."""

    invoice_id: int
    invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
    key = CharField(64, unique=True)
    lines = JSONField()  # places of lines, from 1
    amount_minor = BigIntegerField(null=True)  # with tax; null, and no lines: all that is left
    reason = CharField(200)
    state = CharField(6, default="asked")  # rules.billing.credit_orders.CreditOrderState
    note_id: int | None
    note = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT", backref="orders")
    failure = TextField(null=True)
    asked_by = CharField(100)
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("invoice", "id"), False),)


CreditOrder.add_index(
    CreditOrder.index(CreditOrder.invoice, unique=True, where=SQL("state = 'asked'"), name="credit_order_under_way")
)


class BillingItem(Row):
    """What is billed once: hours, a fee, what a change of a subscription adds or gives back."""

    client_id: int
    client = ForeignKeyField(Client, on_delete="CASCADE", index=False)
    domain_id: int | None
    domain = ForeignKeyField(Domain, null=True, on_delete="SET NULL")
    subscription_id: int | None
    subscription = ForeignKeyField(Subscription, null=True, on_delete="SET NULL")
    product_id: int | None
    product = ForeignKeyField(Product, null=True, on_delete="RESTRICT")
    description = CharField(200)
    quantity_thousandths = BigIntegerField(default=1000)
    price_minor = BigIntegerField()  # negative: it is given back
    currency = CharField(3)
    unit = CharField(3, default="C62")
    tax_basis_points = IntegerField(default=0)  # counts where there is no product
    due_on = DateField()  # not before that day
    period_start = DateField(null=True)
    period_end = DateField(null=True)
    invoice_id: int | None
    invoice = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")  # null: not billed yet
    created_at = Instant(default=now)


BillingItem.add_index(
    BillingItem.index(
        BillingItem.client, BillingItem.due_on, where=SQL("invoice_id IS NULL"), name="billing_item_waiting"
    )
)


class CreditEntry(Row):
    """One change of what a client has to their credit. What was added under a key is added once."""

    client_id: int
    client = ForeignKeyField(Client, on_delete="RESTRICT", index=False)
    currency = CharField(3)
    amount_minor = BigIntegerField()  # negative: it was used
    reason = CharField(200)
    key = CharField(120, unique=True)
    invoice_id: int | None
    invoice = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")
    created_at = Instant(default=now)

    class Meta:
        indexes = ((("client", "currency", "id"), False),)
