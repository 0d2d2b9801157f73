"""Documents, and links that are signed: what each is for, whether it was withdrawn, and who used it when."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Document(Model):
        id = BigAutoField()
        owner_kind = CharField(max_length=16)
        owner_id = BigIntegerField()
        client_id = BigIntegerField(null=True)
        name = CharField(max_length=255)
        content_type = CharField(max_length=100)
        size = BigIntegerField()
        sha256 = CharField(max_length=64)
        storage_key = CharField(max_length=200, unique=True)
        state = CharField(max_length=16)
        finding = TextField(default="")
        scanner = CharField(max_length=100, default="")
        scanned_at = Instant(null=True)
        added_by = CharField(max_length=100)
        added_at = Instant()
        kept_until = Instant(null=True)
        legal_hold = BooleanField(default=False)
        deleted_at = Instant(null=True)
        deleted_by = CharField(max_length=100, default="")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "kept_document"
            indexes = (
                (("client_id", "id"), False),
                (("owner_kind", "owner_id", "id"), False),
                (("state", "id"), False),
            )

    class SignedLink(Model):
        id = BigAutoField()
        purpose = CharField(max_length=32)
        subject_kind = CharField(max_length=16)
        subject_id = BigIntegerField()
        client_id = BigIntegerField(null=True)
        method = CharField(max_length=8)
        audience = CharField(max_length=100, default="")
        created_by = CharField(max_length=100)
        created_at = Instant()
        expires_at = Instant(index=True)
        mail_id = BigIntegerField(null=True)
        withdrawn_at = Instant(null=True)
        withdrawn_by = CharField(max_length=100, default="")
        uses = IntegerField(default=0)
        used_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "signed_link"
            indexes = ((("subject_kind", "subject_id", "id"), False), (("client_id", "id"), False))

    class SignedLinkUse(Model):
        id = BigAutoField()
        link = ForeignKeyField(SignedLink, on_delete="CASCADE", index=False)
        at = Instant()
        what = CharField(max_length=32)
        address = CharField(max_length=64)
        device = CharField(max_length=80)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "signed_link_use"
            indexes = ((("link", "id"), False),)

    db.create_tables([Document, SignedLink, SignedLinkUse])
    db.execute_sql(
        'CREATE UNIQUE INDEX "kept_document_same_bytes" ON "kept_document" ("owner_kind", "owner_id", "sha256")'
        " WHERE deleted_at IS NULL"
    )
    db.execute_sql(
        'CREATE INDEX "kept_document_deleted" ON "kept_document" ("deleted_at") WHERE deleted_at IS NOT NULL'
    )
    db.execute_sql('CREATE INDEX "signed_link_mailed" ON "signed_link" ("mail_id") WHERE mail_id IS NOT NULL')
