"""Measures calls of outside services: summed up in memory, written by the process's beat."""

import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from db import connection
from db.outside import measurements
from db.trends import time_sums
from db.trends.time_sums import Sample
from rules import trends
from rules.trends import Trend
from tasks.engine.context import require_no_batch

_lock = threading.Lock()
_sums: dict[tuple[str, str], tuple[int, float]] = {}
_samples: Counter[Sample] = Counter()


@contextmanager
def measured(service: str, *, lane: str = "") -> Generator[None]:
    """Count the block as one call of ``service``; its outcome is ``ok`` or the name of what it raised.

    ``lane`` is the lane whose permit the call took, empty where it took none.

    The thread's database connection is given back meanwhile: others can use it, and it cannot die unnoticed.
    """
    require_no_batch(f"it calls {service}")
    connection.rest()
    began, outcome = time.monotonic(), "ok"
    try:
        yield
    except Exception as error:
        outcome = type(error).__name__.lower()
        raise
    finally:
        count(service, outcome, seconds=time.monotonic() - began, lane=lane)


def count(service: str, outcome: str, *, seconds: float, lane: str = "") -> None:
    """Count one call of ``service`` that is over; for callers that make many at once."""
    with _lock:
        calls, before_s = _sums.get((service, outcome), (0, 0.0))
        _sums[service, outcome] = (calls + 1, before_s + seconds)
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        _samples[Sample(Trend.CALLED, f"{service} {outcome}", minute, trends.class_of(seconds))] += 1
        if lane:
            _samples[Sample(Trend.ASKED, lane, minute)] += 1


def write() -> None:
    """Write the sums to the database. Where that raises one of ``connection.Unreachable``, the sums are kept."""
    with _lock:
        sums = dict(_sums)
    for (service, outcome), (calls, seconds) in sums.items():
        measurements.add(service, outcome, calls=calls, seconds=seconds)
        with _lock:
            now_calls, now_seconds = _sums[service, outcome]
            _sums[service, outcome] = (now_calls - calls, now_seconds - seconds)
            if not now_calls - calls:
                del _sums[service, outcome]
    _write_samples()


def _write_samples() -> None:
    with _lock:
        samples = Counter(_samples)
    if not samples:
        return
    with connection.transaction():
        time_sums.add(samples)
    with _lock:
        _samples.subtract(samples)
        for one in [one for one, number in _samples.items() if not number]:
            del _samples[one]
