"""What is different of one period of a subscription before it is billed."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Subscription(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "subscription"

    class LineChange(Model):
        id = BigAutoField()
        subscription = ForeignKeyField(Subscription, on_delete="CASCADE", index=False)
        number = IntegerField()
        description = CharField(max_length=200, null=True)
        quantity_thousandths = BigIntegerField(null=True)
        price_minor = BigIntegerField(null=True)
        not_before = DateField(null=True)
        omitted = BooleanField(default=False)
        reason = CharField(max_length=200)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "line_change"
            indexes = ((("subscription", "number"), True),)

    db.create_tables([LineChange])
