"""Messages to channels beside mail, and with which of them alerts were told."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class AlertDelivery(Model):
        id = BigAutoField()
        channel = CharField(max_length=32)
        message_id = CharField(max_length=64, unique=True)
        title = TextField()
        body = TextField()
        kind = CharField(max_length=32)
        data = TextField()
        state = CharField(max_length=16)
        said = TextField(null=True)
        made_at = Instant()
        asked_at = Instant()
        ended_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert_delivery"
            indexes = ((("channel", "id"), False),)

    db.create_tables([AlertDelivery])
    kind = "BIGINT" if isinstance(db, PostgresqlDatabase) else "INTEGER"
    db.execute_sql(f'ALTER TABLE "alert_telling" ADD COLUMN "delivery_id" {kind}')
    for name, columns in (
        ("alert_telling_delivered", '"recipient", "ended_at"'),
        ("alert_telling_delivery", '"delivery_id"'),
    ):
        db.execute_sql(f'CREATE INDEX "{name}" ON "alert_telling" ({columns}) WHERE delivery_id IS NOT NULL')
