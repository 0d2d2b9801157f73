"""Reminders: which were sent for an invoice and what they charged, and what keeps them from being sent."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Invoice(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "invoice"

    class DunningStep(Model):
        id = BigAutoField()
        invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
        days = SmallIntegerField()
        sent_on = DateField()
        fee_minor = BigIntegerField(default=0)
        interest_minor = BigIntegerField(default=0)
        mail_id = BigIntegerField()
        waived_at = Instant(null=True)
        waived_by = CharField(max_length=100, default="")
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dunning_step"
            indexes = ((("invoice", "days"), True),)

    class DunningPause(Model):
        invoice = ForeignKeyField(Invoice, primary_key=True, on_delete="CASCADE")
        kind = CharField(max_length=8)
        until = DateField(null=True)
        reason = CharField(max_length=500)
        set_by = CharField(max_length=100)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dunning_pause"

    db.create_tables([DunningStep, DunningPause])
