"""Dead rows of jobs are cleared away once they are a twentieth of the table, on PostgreSQL, and not a fifth.

Each job leaves three. The settings of docs/scale.md; fillfactor stays, because no change of a job's row can be HOT.
"""

from peewee import *


def up(migrator, db):
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql('ALTER TABLE "job" SET (autovacuum_vacuum_scale_factor = 0.05)')
