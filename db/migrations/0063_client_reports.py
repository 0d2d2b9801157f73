"""Monthly reports to clients: who gets one, and which were made."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class ClientReport(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE", index=False)
        month = DateField()
        document_id = BigIntegerField()
        mail_id = BigIntegerField(null=True)
        at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client_report"
            indexes = ((("client", "month"), True),)

    db.create_tables([ClientReport])
    wanted = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])
    migrator.migrate(migrator.add_column("client", "monthly_report", wanted, allow_not_null=True))
