"""Pauses of queues, pauses of schedules that end by themselves, and what a worker process says of itself; a job's effects."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class QueuePause(Model):
        queue = CharField(max_length=16, primary_key=True)
        paused_at = Instant()
        paused_because = TextField()
        paused_by = CharField(max_length=100)
        paused_until = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "queue_pause"

    db.create_tables([QueuePause])
    lite = isinstance(db, SqliteDatabase)
    moment, number, flag = ("TEXT", "INTEGER", "INTEGER") if lite else ("TIMESTAMPTZ", "BIGINT", "BOOLEAN")
    db.execute_sql(f'ALTER TABLE "schedule" ADD COLUMN "paused_until" {moment}')
    for column in (
        '"version" VARCHAR(32)',
        '"load" REAL',
        f'"memory_bytes" {number}',
        f'"stop_asked_at" {moment}',
        '"stop_asked_by" VARCHAR(100)',
        f'"replaced" {flag}',
    ):
        db.execute_sql(f'ALTER TABLE "worker" ADD COLUMN {column}')
    db.execute_sql('CREATE INDEX "effect_of_job" ON "effect" ("job_id") WHERE job_id IS NOT NULL')
