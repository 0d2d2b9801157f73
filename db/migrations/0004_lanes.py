"""Lanes: what is remembered of each server that is asked at a pace, and the plan of a run over them."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Lane(Model):
        name = CharField(primary_key=True, max_length=255)
        slowness = FloatField(default=1.0)
        slowed_at = Instant(null=True)
        throttles = IntegerField(default=0)
        failures = IntegerField(default=0)
        openings = IntegerField(default=0)
        shut_until = Instant(null=True)
        probe_until = Instant(null=True)
        planned_until = Instant(null=True)
        tat = Instant(null=True)
        changed_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "lane"

    db.create_tables([Lane])
    migrator.migrate(migrator.add_column("run", "plan", JSONField(null=True)))
