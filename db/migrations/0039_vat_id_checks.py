"""What VIES answered about VAT-IDs, kept as evidence."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class VatIdCheck(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE", index=False)
        vat_id = CharField(max_length=20)
        requester = CharField(max_length=20, default="")
        verdict = CharField(max_length=16)
        consultation = CharField(max_length=60, default="")
        name = CharField(max_length=300, default="")
        address = CharField(max_length=300, default="")
        why = CharField(max_length=300, default="")
        checked_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "vat_id_check"
            indexes = ((("client", "id"), False),)

    db.create_tables([VatIdCheck])
