"""Has what is news told in tests, as if it had settled and the mails of before were sent long ago."""

from datetime import UTC, datetime, timedelta

from db import connection
from db.fields import stored
from rules.jobs import JobState
from tasks import alerts
from tests.support.worker import Worker


def tell(worker: Worker) -> None:
    """Route what is news and tell what is due. Not by ``drain``: who waits for the next mail comes back for ever."""
    assert worker.perform(alerts.tell_all).state is JobState.DONE
    connection.changed("UPDATE alert_telling SET ended_at = %s WHERE ended_at IS NOT NULL", "2000-01-01 00:00:00+00:00")
    settle(worker)


def settle(worker: Worker) -> None:
    """Tell what is due, as if no more had come for long."""
    now = datetime.now(UTC)
    connection.changed(
        "UPDATE alert_telling SET due_at = %s WHERE ended_at IS NULL AND due_at <= %s",
        stored(now - timedelta(minutes=2)),
        stored(now),
    )
    assert worker.perform(alerts.tell_all).state is JobState.DONE
