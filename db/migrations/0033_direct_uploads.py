"""Uploads that go to the bucket by a form, until they are documents."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class DirectUpload(Model):
        id = BigAutoField()
        owner_kind = CharField(max_length=16)
        owner_id = BigIntegerField()
        client_id = BigIntegerField(null=True)
        name = CharField(max_length=255)
        size = BigIntegerField()
        storage_key = CharField(max_length=200, unique=True)
        added_by = CharField(max_length=100)
        added_at = Instant()
        closes_at = Instant()
        state = CharField(max_length=16)
        why = CharField(max_length=500, default="")
        document_id = BigIntegerField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "direct_upload"
            indexes = ((("closes_at",), False),)

    db.create_tables([DirectUpload])
