"""When the bytes of a deleted document began to be removed: from then on it cannot come back."""

from peewee import *


def up(migrator, db):
    kind = "TIMESTAMPTZ" if isinstance(db, PostgresqlDatabase) else "TEXT"
    db.execute_sql(f'ALTER TABLE "kept_document" ADD COLUMN "removing_at" {kind}')
