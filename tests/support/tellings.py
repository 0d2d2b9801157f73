"""Has what is news told in tests, as if the mails of before were sent long ago."""

from db import connection
from rules.jobs import JobState
from tasks import alerts
from tests.support.worker import Worker


def tell(worker: Worker) -> None:
    """Route what is news and tell what is due. Not by ``drain``: who waits for the next mail comes back for ever."""
    long_ago = "2000-01-01 00:00:00+00:00"
    connection.changed("UPDATE alert_telling SET ended_at = %s WHERE ended_at IS NOT NULL", long_ago)
    assert worker.perform(alerts.tell_all).state is JobState.DONE
