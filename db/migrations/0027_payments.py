"""Payments: tries to be paid online, money that came and went back, Stripe's events and objects."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class Invoice(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "invoice"

    class StripeCustomer(Model):
        client = ForeignKeyField(Client, primary_key=True, on_delete="CASCADE")
        key = CharField(max_length=64, unique=True)
        email = CharField(max_length=254)
        customer = CharField(max_length=255, null=True, unique=True)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "stripe_customer"

    class PaymentAttempt(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="RESTRICT", index=False)
        invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=12)
        state = CharField(max_length=12, default="asked")
        key = CharField(max_length=64, unique=True)
        amount_minor = BigIntegerField()
        currency = CharField(max_length=3)
        card = CharField(max_length=255, null=True)
        keeps_card = BooleanField(default=False)
        link_id = BigIntegerField(null=True)
        object_id = CharField(max_length=255, null=True, unique=True)
        url = TextField(null=True)
        expires_at = Instant(null=True)
        failure = TextField(null=True)
        asked_by = CharField(max_length=100)
        created_at = Instant()
        ended_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "payment_attempt"
            indexes = ((("invoice", "id"), False), (("client", "id"), False))

    class Payment(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="RESTRICT", index=False)
        invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
        source = CharField(max_length=8)
        key = CharField(max_length=255, unique=True)
        reference = CharField(max_length=200, default="")
        currency = CharField(max_length=3)
        amount_minor = BigIntegerField()
        refunded_minor = BigIntegerField(default=0)
        disputed_minor = BigIntegerField(default=0)
        dispute = CharField(max_length=8, default="")
        dispute_due = Instant(null=True)
        received_on = DateField()
        recorded_by = CharField(max_length=100)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "payment"
            indexes = ((("invoice", "id"), False), (("client", "id"), False))

    class Refund(Model):
        id = BigAutoField()
        payment = ForeignKeyField(Payment, on_delete="RESTRICT")
        key = CharField(max_length=64, unique=True)
        amount_minor = BigIntegerField()
        state = CharField(max_length=10, default="asked")
        refund = CharField(max_length=255, null=True, unique=True)
        reason = CharField(max_length=500)
        failure = TextField(null=True)
        asked_by = CharField(max_length=100)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "refund"

    class Webhook(Model):
        id = BigAutoField()
        event = CharField(max_length=255, unique=True)
        kind = CharField(max_length=255)
        made_at = Instant()
        body = TextField()
        polled = BooleanField(default=False)
        state = CharField(max_length=10, default="received")
        failure = TextField(null=True)
        received_at = Instant()
        folded_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "webhook"

    class StripeObject(Model):
        id = CharField(max_length=255, primary_key=True)
        intent = CharField(max_length=255, index=True)
        ended = BooleanField()
        at = Instant()
        life = SmallIntegerField()
        source = CharField(max_length=255)
        snapshot = JSONField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "stripe_object"

    db.create_tables([StripeCustomer, PaymentAttempt, Payment, Refund, Webhook, StripeObject])
    db.execute_sql(
        'CREATE UNIQUE INDEX "payment_attempt_under_way" ON "payment_attempt" ("invoice_id")'
        " WHERE state IN ('asked', 'open', 'processing')"
    )
    db.execute_sql('CREATE INDEX "webhook_not_folded" ON "webhook" ("id") WHERE state <> \'folded\'')
