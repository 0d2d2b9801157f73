"""Tracebacks of tries that ended in a way nobody foresaw, beside the attempts: few have one."""

from peewee import *


def up(migrator, db):
    class Job(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "job"

    class AttemptTrace(Model):
        id = BigAutoField()
        job = ForeignKeyField(Job, on_delete="CASCADE", index=False)
        number = SmallIntegerField()
        text = TextField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "attempt_trace"
            indexes = ((("job", "number"), True),)

    db.create_tables([AttemptTrace])
