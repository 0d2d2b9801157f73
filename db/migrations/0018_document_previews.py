"""Previews of documents: a small picture of each that has one."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class DocumentPreview(Model):
        id = BigAutoField()
        document_id = BigIntegerField(unique=True)
        image = BlobField(null=True)
        width = IntegerField(default=0)
        height = IntegerField(default=0)
        why = CharField(max_length=300, default="")
        made_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "document_preview"

    db.create_tables([DocumentPreview])
