"""Sums over time, and how far their sources have been read."""

from peewee import BigIntegerField, CharField, IntegerField, SmallIntegerField

from db.base import Row, Table
from db.fields import Instant


class TimeSum(Row):
    """How often something was, or how much, in one span of time. ``duration_class``: rules.trends, -1 for none."""

    trend = CharField(16)  # rules.trends.Trend
    subject = CharField(100)
    span_s = IntegerField()
    at = Instant()
    duration_class = SmallIntegerField()
    number = BigIntegerField()

    class Meta:
        indexes = ((("trend", "span_s", "at", "subject", "duration_class"), True), (("span_s", "at"), False))


class TrendCursor(Table):
    """The last row of a source that was summed up."""

    source = CharField(16, primary_key=True)
    reached = BigIntegerField()
