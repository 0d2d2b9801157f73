"""What becomes of a mail after it was sent: what came back about it, and the addresses that get none any more."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Mail(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail"

    class MailNotice(Model):
        id = BigAutoField()
        mail = ForeignKeyField(Mail, on_delete="CASCADE")
        key = CharField(max_length=64, unique=True)
        kind = CharField(max_length=24)
        recipient = CharField(max_length=320)
        status = CharField(max_length=16, null=True)
        said = TextField()
        source = CharField(max_length=16)
        at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail_notice"

    class Suppression(Model):
        id = BigAutoField()
        address = CharField(max_length=320, unique=True)
        reason = CharField(max_length=24)
        said = TextField()
        mail_id = BigIntegerField(null=True)
        created_by = CharField(max_length=100)
        created_at = Instant()
        expires_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "suppression"

    db.create_tables([MailNotice, Suppression])
    given = {
        "bounce_token": CharField(max_length=32, null=True),
        "provider": CharField(max_length=100, null=True),
        "provider_id": CharField(max_length=200, null=True),
    }
    migrator.migrate(
        *(migrator.add_column("mail", name, field, allow_not_null=True) for name, field in given.items()),
    )
    db.execute_sql('CREATE INDEX "mail_of_message_id" ON "mail" ("message_id")')
    for column in ("bounce_token", "provider_id"):
        db.execute_sql(f'CREATE INDEX "mail_of_{column}" ON "mail" ("{column}") WHERE {column} IS NOT NULL')
    db.execute_sql('CREATE INDEX "mail_notice_of_recipient" ON "mail_notice" ("recipient", "kind", "at")')
