"""Worker processes as the ledger knows them: alive, silent, and gone."""

import pytest

from db import connection
from db.ledger import workers

pytestmark = pytest.mark.usefixtures("ledger")


def entered(worker_id: str, *, silent_s: float) -> None:
    """Enter a process that was last heard of so long ago."""
    workers.started(worker_id, host="here", pid=1, queues=["default"])
    with connection.transaction():
        connection.changed("UPDATE worker SET beat_at = {later(%s)} WHERE id = %s", -silent_s, worker_id)


def test_who_has_been_silent_for_minutes_is_entered_as_ended_and_nobody_else() -> None:
    entered("well", silent_s=1)
    entered("slow", silent_s=60)
    entered("gone", silent_s=workers.GONE_S + 1)
    assert workers.bury() == 1
    assert [one.word for one in workers.alive()] == ["alive", "silent"]
    (gone,) = workers.ended_last()
    assert (gone.id, gone.ended_how) == ("gone", "fell silent")
    assert workers.bury() == 0


def test_who_was_frozen_for_so_long_is_there_again_when_it_wakes() -> None:
    entered("frozen", silent_s=workers.GONE_S + 1)
    workers.bury()
    workers.beat("frozen")
    assert [(one.id, one.word, one.ended_how) for one in workers.alive()] == [("frozen", "alive", None)]


def test_who_ended_in_order_stays_so_whatever_arrives_late() -> None:
    entered("done", silent_s=1)
    workers.ended("done", "told to")
    workers.beat("done")
    assert workers.alive() == []
