"""Notices to clients about what ends: of which kinds each gets them, which were sent; and whose letter a mail is."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class ClientNotice(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE")
        kind = CharField(max_length=24)
        subject_id = BigIntegerField()
        ends_on = DateField()
        days = SmallIntegerField()
        mail_id = BigIntegerField()
        at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client_notice"
            indexes = ((("kind", "subject_id", "ends_on", "days"), True),)

    db.create_tables([ClientNotice])
    db.execute_sql('ALTER TABLE "client" ADD COLUMN "notices" VARCHAR(64) NOT NULL DEFAULT \'\'')
    for column, kind in (("from_name", "VARCHAR(200)"), ("reply_to", "VARCHAR(320)"), ("unsubscribe", "VARCHAR(500)")):
        db.execute_sql(f'ALTER TABLE "mail" ADD COLUMN "{column}" {kind}')
