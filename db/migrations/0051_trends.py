"""Sums over time, and how far what they are made of has been read."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class TimeSum(Table):
        id = BigAutoField()
        trend = CharField(max_length=16)
        subject = CharField(max_length=100)
        span_s = IntegerField()
        at = Instant()
        duration_class = SmallIntegerField()
        number = BigIntegerField()

        class Meta:
            table_name = "time_sum"
            indexes = ((("trend", "span_s", "at", "subject", "duration_class"), True), (("span_s", "at"), False))

    class TrendCursor(Table):
        source = CharField(max_length=16, primary_key=True)
        reached = BigIntegerField()

        class Meta:
            table_name = "trend_cursor"

    db.create_tables([TimeSum, TrendCursor])
