"""Dead letters by what failed alike, what staff say of them, and what they discarded, which can be undone."""

from peewee import *
from db.fields import Instant

BAD = "state IN ('dead', 'unknown', 'failed')"


def up(migrator, db):
    class FailureNote(Model):
        id = BigAutoField()
        task = CharField(max_length=64)
        kind = CharField(max_length=64)
        host = CharField(max_length=120)
        note = TextField(default="")
        owner = CharField(max_length=100, default="")
        canary_id = BigIntegerField(null=True)
        changed_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "failure_note"
            indexes = ((("task", "kind", "host"), True),)

    class Discard(Model):
        id = BigAutoField()
        task = CharField(max_length=64)
        kind = CharField(max_length=64)
        host = CharField(max_length=120)
        state = CharField(max_length=10)
        jobs = IntegerField()
        because = TextField()
        discarded_by = CharField(max_length=100)
        discarded_at = Instant(index=True)
        undone_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "discard"

    db.create_tables([FailureNote, Discard])
    lite = isinstance(db, SqliteDatabase)
    for column in (
        '"error_kind" VARCHAR(64)',
        '"error_host" VARCHAR(120)',
        f'"discard_id" {"INTEGER" if lite else "BIGINT"}',
        '"discarded_as" VARCHAR(10)',
    ):
        db.execute_sql(f'ALTER TABLE "job" ADD COLUMN {column}')
    named = "substr(error, 1, instr(error, ':') - 1)" if lite else "split_part(error, ':', 1)"
    db.execute_sql(
        "UPDATE job SET error_host = '', error_kind = CASE WHEN error LIKE ? THEN substr(<named>, 1, 64)"
        f" ELSE 'unnamed' END WHERE {BAD}".replace("<named>", named).replace("?", "?" if lite else "%s"),
        ("%:%",),
    )
    db.execute_sql(
        f'CREATE INDEX "job_failures" ON "job" ("state", "task", "error_kind", "error_host", "finished_at") WHERE {BAD}'
    )
    db.execute_sql('CREATE INDEX "job_discarded" ON "job" ("discard_id") WHERE discard_id IS NOT NULL')
