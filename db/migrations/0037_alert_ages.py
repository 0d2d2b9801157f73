"""What was told, and what is over, by its age: retention asks in that order."""

from peewee import *


def up(migrator, db):
    for table, name, column, where in (
        ("alert", "alert_over", "cleared_at", "cleared_at IS NOT NULL"),
        ("alert_telling", "alert_telling_over", "ended_at", "ended_at IS NOT NULL"),
        ("alert_delivery", "alert_delivery_made", "made_at", "state <> 'queued'"),
    ):
        db.execute_sql(f'CREATE INDEX "{name}" ON "{table}" ("{column}") WHERE {where}')
