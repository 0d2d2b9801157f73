"""A piece of the scheduler's work that fails again and again stops nothing and floods nobody."""

import math
import threading

import pytest

from settings import reports
from tests.faults.marks import on_sqlite
from workers import scheduler
from workers.scheduler import Tick


@on_sqlite
@pytest.mark.usefixtures("database")
def test_what_fails_at_each_tick_is_tried_each_time_and_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reported, tried, stop = list[BaseException](), list[int](), threading.Event()

    def fail() -> None:
        tried.append(1)
        if len(tried) == 5:
            stop.set()
        raise ZeroDivisionError

    monkeypatch.setattr(reports, "_send", lambda error, _tags: reported.append(error))
    monkeypatch.setattr(scheduler, "_COMPLAIN_EVERY_S", math.inf)
    Tick(0.0, fail, lambda: True).run(stop)
    assert len(tried) == 5
    assert [type(one) for one in reported] == [ZeroDivisionError]
