"""What is remembered of outside services, and what was fetched from them for all processes."""

from peewee import BlobField, CharField, FloatField, IntegerField, TextField

from db.base import Row, Table
from db.fields import Instant


class Lane(Table):
    """What is remembered of a server that is asked at a pace: see rules/rate_limits and rules/jobs/pacing."""

    name = CharField(255, primary_key=True)
    slowness = FloatField(default=1.0)
    slowed_at = Instant(null=True)
    throttles = IntegerField(default=0)
    failures = IntegerField(default=0)
    openings = IntegerField(default=0)
    shut_until = Instant(null=True)
    probe_until = Instant(null=True)
    planned_until = Instant(null=True)  # where the line of its planned jobs ends
    tat = Instant(null=True)  # GCRA's, for when Redis is away
    changed_at = Instant()


class Measurement(Row):
    """Calls of one outside service in one minute, by outcome."""

    minute = Instant(index=True)
    service = CharField(32)
    outcome = CharField(32)
    calls = IntegerField()
    seconds = FloatField()

    class Meta:
        indexes = ((("service", "minute", "outcome"), True),)


class SharedText(Table):
    """A text that all processes share, such as IANA's list of RDAP servers."""

    name = CharField(64, primary_key=True)
    text = TextField()
    kept_at = Instant()

    class Meta:
        table_name = "document"  # documents are in "kept_document"


class Download(Table):
    """What all processes share of what authorities publish: CRLs, issuers' certificates, renewal windows.

    ``body`` is the last that came, at ``fetched_at``; ``failure`` why the last try brought none. It is asked for again
    after ``fresh_until``.
    """

    url = CharField(2048, primary_key=True)
    kind = CharField(16)
    body = BlobField(null=True)
    fetched_at = Instant(null=True)
    fresh_until = Instant(index=True)
    failure = TextField(null=True)
    site = CharField(255, null=True, index=True)  # the registrable domain, of which only so much is kept
    size = IntegerField(default=0)  # bytes of the body
