"""How far the ledger has come, which a note outside it is compared with after a restore."""

from peewee import *


def up(migrator, db):
    class LedgerHistory(Model):
        id = IntegerField(primary_key=True)
        name = CharField(max_length=32)
        steps = BigIntegerField(default=0)
        restored_job_id = BigIntegerField(default=0)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "ledger_history"

    db.create_tables([LedgerHistory])
