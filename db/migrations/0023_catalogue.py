"""The catalogue: senders, how clients are billed, products and prices, coupons, terms, one-off items, credit."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class Domain(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain"

    class Subscription(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "subscription"

    class Invoice(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "invoice"

    class Sender(Model):
        id = BigAutoField()
        name = CharField(max_length=200, unique=True)
        address = JSONField(default=list)
        postcode = CharField(max_length=20, default="")
        city = CharField(max_length=200, default="")
        country = CharField(max_length=2, default="")
        vat_id = CharField(max_length=20, null=True)
        tax_number = CharField(max_length=50, null=True)
        legal_id = CharField(max_length=50, null=True)
        legal_form = TextField(default="")
        iban = CharField(max_length=34, null=True)
        bic = CharField(max_length=11, null=True)
        account_name = CharField(max_length=200, null=True)
        contact_name = CharField(max_length=200, null=True)
        email = CharField(max_length=254, null=True)
        phone = CharField(max_length=50, null=True)
        logo = TextField(null=True)
        accent = CharField(max_length=7, default="#0b5c6b")
        payment_note = TextField(default="")
        series = CharField(max_length=32)
        due_days = SmallIntegerField(default=14)
        one_stop_shop = BooleanField(default=False)
        exemption_reason = TextField(null=True)
        exemption_code = CharField(max_length=50, null=True)
        is_default = BooleanField(default=False)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sender"

    class BillingProfile(Model):
        client = ForeignKeyField(Client, primary_key=True, on_delete="CASCADE")
        legal_name = CharField(max_length=200, null=True)
        address = JSONField(default=list)
        postcode = CharField(max_length=20, default="")
        city = CharField(max_length=200, default="")
        country = CharField(max_length=2, default="")
        kind = CharField(max_length=12, default="business")
        vat_id = CharField(max_length=20, null=True)
        exemption_reason = TextField(null=True)
        exemption_code = CharField(max_length=50, null=True)
        reference = CharField(max_length=100, null=True)
        electronic_scheme = CharField(max_length=4, null=True)
        electronic_id = CharField(max_length=200, null=True)
        sender = ForeignKeyField(Sender, null=True, on_delete="SET NULL")
        updated_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "billing_profile"

    class Product(Model):
        id = BigAutoField()
        code = CharField(max_length=40, unique=True)
        name = CharField(max_length=200)
        description = TextField(default="")
        kind = CharField(max_length=16)
        tld = CharField(max_length=63, null=True)
        unit = CharField(max_length=3, default="C62")
        months = SmallIntegerField(default=0)
        days = SmallIntegerField(default=0)
        nature = CharField(max_length=12, default="electronic")
        tax_basis_points = IntegerField(null=True)
        exemption_reason = TextField(null=True)
        exemption_code = CharField(max_length=50, null=True)
        archived_at = Instant(null=True)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product"

    class ProductPrice(Model):
        id = BigAutoField()
        product = ForeignKeyField(Product, on_delete="CASCADE", index=False)
        currency = CharField(max_length=3)
        begin = DateField()
        price_minor = BigIntegerField()
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product_price"
            indexes = ((("product", "currency", "begin"), True),)

    class Coupon(Model):
        id = BigAutoField()
        code = CharField(max_length=40, unique=True)
        name = CharField(max_length=200)
        basis_points = IntegerField(default=0)
        amount_minor = BigIntegerField(default=0)
        currency = CharField(max_length=3, null=True)
        periods = SmallIntegerField(null=True)
        begin = DateField(null=True)
        until = DateField(null=True)
        most = IntegerField(null=True)
        used = IntegerField(default=0)
        product = ForeignKeyField(Product, null=True, on_delete="CASCADE")
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "coupon"

    class SubscriptionTerms(Model):
        id = BigAutoField()
        subscription = ForeignKeyField(Subscription, on_delete="CASCADE", index=False)
        begin = DateField()
        quantity_thousandths = BigIntegerField()
        price_minor = BigIntegerField()
        discount_basis_points = IntegerField(default=0)
        discount_minor = BigIntegerField(default=0)
        discount_until = DateField(null=True)
        paused = BooleanField(default=False)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "subscription_terms"
            indexes = ((("subscription", "begin"), True),)

    class BillingItem(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE", index=False)
        domain = ForeignKeyField(Domain, null=True, on_delete="SET NULL")
        subscription = ForeignKeyField(Subscription, null=True, on_delete="SET NULL")
        product = ForeignKeyField(Product, null=True, on_delete="RESTRICT")
        description = CharField(max_length=200)
        quantity_thousandths = BigIntegerField(default=1000)
        price_minor = BigIntegerField()
        currency = CharField(max_length=3)
        unit = CharField(max_length=3, default="C62")
        tax_basis_points = IntegerField(default=0)
        due_on = DateField()
        period_start = DateField(null=True)
        period_end = DateField(null=True)
        invoice = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "billing_item"

    class CreditEntry(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="RESTRICT", index=False)
        currency = CharField(max_length=3)
        amount_minor = BigIntegerField()
        reason = CharField(max_length=200)
        key = CharField(max_length=120, unique=True)
        invoice = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "credit_entry"
            indexes = ((("client", "currency", "id"), False),)

    Sender.add_index(
        Sender.index(Sender.is_default, unique=True, where=SQL("is_default = TRUE"), name="sender_of_all_others")
    )
    BillingItem.add_index(
        BillingItem.index(
            BillingItem.client, BillingItem.due_on, where=SQL("invoice_id IS NULL"), name="billing_item_waiting"
        )
    )
    db.create_tables(
        [Sender, BillingProfile, Product, ProductPrice, Coupon, SubscriptionTerms, BillingItem, CreditEntry]
    )

    # Old workers insert rows without these columns: the database itself has their defaults.
    given = {
        "days": SmallIntegerField(default=0, constraints=[SQL("DEFAULT 0")]),
        "quantity_thousandths": BigIntegerField(default=1000, constraints=[SQL("DEFAULT 1000")]),
        "discount_basis_points": IntegerField(default=0, constraints=[SQL("DEFAULT 0")]),
        "discount_minor": BigIntegerField(default=0, constraints=[SQL("DEFAULT 0")]),
        "discount_until": DateField(null=True),
        "trial_from": DateField(null=True),
        "domain_name": CharField(max_length=253, null=True),
    }
    migrator.migrate(
        *(migrator.add_column("subscription", name, field, allow_not_null=True) for name, field in given.items()),
        migrator.drop_not_null("invoice_line", "subscription_id"),
    )
    for table in ("product", "coupon"):
        number = "BIGINT" if migrator.__class__.__name__.startswith("Postgres") else "INTEGER"
        db.execute_sql(
            f'ALTER TABLE "subscription" ADD COLUMN "{table}_id" {number} REFERENCES "{table}" ("id") ON DELETE RESTRICT'
        )
        db.execute_sql(f'CREATE INDEX "subscription_{table}_id" ON "subscription" ("{table}_id")')
    db.execute_sql(
        'UPDATE "subscription" SET "domain_name" = (SELECT "name" FROM "domain" WHERE "domain"."id" = "domain_id")'
    )
