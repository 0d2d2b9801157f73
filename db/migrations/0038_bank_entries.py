"""Moves of bank files, each once, and which payments were booked of them."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class BankEntry(Model):
        id = BigAutoField()
        key = CharField(max_length=64, unique=True)
        account = CharField(max_length=40)
        booked_on = DateField()
        amount_minor = BigIntegerField()
        currency = CharField(max_length=3)
        payer = CharField(max_length=200, default="")
        payer_iban = CharField(max_length=34, default="")
        text = TextField(default="")
        bank_reference = CharField(max_length=100, default="")
        state = CharField(max_length=9, default="open")
        why = CharField(max_length=200, default="")
        file_name = CharField(max_length=200, default="")
        added_by = CharField(max_length=100)
        settled_by = CharField(max_length=100, default="")
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "bank_entry"
            indexes = ((("state", "id"), False), (("payer_iban",), False))

    db.create_tables([BankEntry])
    number = "BIGINT" if migrator.__class__.__name__.startswith("Postgres") else "INTEGER"
    db.execute_sql(
        f'ALTER TABLE "payment" ADD COLUMN "bank_entry_id" {number} REFERENCES "bank_entry" ("id") ON DELETE RESTRICT'
    )
    db.execute_sql('CREATE INDEX "payment_bank_entry_id" ON "payment" ("bank_entry_id")')
