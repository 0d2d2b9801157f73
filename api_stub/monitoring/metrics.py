"""Metrics in Prometheus' text form, for callers on this machine and for tokens with the scope ``metrics``.

Counters begin with the newest attempts when this process is first scraped. Each scrape goes on from there and reads a
bounded number of attempts; gauges read indexes. So a scrape costs the same over a thousand jobs and over a million.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from functools import cache

from fastapi import Response
from prometheus_client import CONTENT_TYPE_PLAIN_1_0_0, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

import settings
from api_stub.monitoring.health import redis_condition
from api_stub.routes import router
from db.ledger import health as ledger_health
from db.ledger import metrics, schedules, workers
from db.outside import lanes
from db.payments import webhooks
from db.payments.webhooks import WebhookState
from rules.rate_limits import circuit_breaker
from schedules import overdue as schedules_health
from schedules.table import TIMETABLE
from settings import disk_space
from tasks.engine.task import Queue

routes = router(tags=["health"])

_BUCKETS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0)
_AT_ONCE = 20_000  # attempts that one scrape reads at the most
_AT_FIRST = 5_000  # newest attempts that the first scrape counts
_MINUTES = 5


class Histogram:
    """Counts of durations in seconds, by bucket."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_BUCKETS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(_BUCKETS, seconds)] += 1
        self._sum += seconds

    def put(self, family: HistogramMetricFamily, label: str) -> None:
        """Add itself to a family; a bucket's count includes those of all smaller buckets, as Prometheus wants."""
        names = [*(str(one) for one in _BUCKETS), "+Inf"]
        summed = [sum(self._counts[: number + 1]) for number in range(len(names))]
        family.add_metric([label], list(zip(names, summed, strict=True)), self._sum)


class AttemptCollector(Collector):
    """A collector that counts ended attempts: the newest at the first scrape, and all that end later.

    Several threads may scrape at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: int | None = None
        self._ended: Counter[tuple[str, str]] = Counter()
        self._waits: dict[str, Histogram] = {}
        self._runs: dict[str, Histogram] = {}

    def collect(self) -> Iterator[Metric]:
        """Count what ended since the last scrape, and yield all metrics."""
        with self._lock:
            self._count_ended()
            yield self._outcomes()
            yield _histograms(
                "nolapse_job_wait_seconds", "From when a job was due to when it began", "queue", self._waits
            )
            yield _histograms("nolapse_job_run_seconds", "How long attempts ran", "task", self._runs)
        yield from _gauges()

    def _count_ended(self) -> None:
        if self._last is None:
            self._last = max(0, metrics.newest_attempt() - _AT_FIRST)
        for one in metrics.ended_after(self._last, _AT_ONCE):
            self._last = one.id
            self._ended[one.task, one.outcome] += 1
            if one.wait_s is not None:
                self._waits.setdefault(one.queue, Histogram()).add(one.wait_s)
            if one.run_s is not None:
                self._runs.setdefault(one.task, Histogram()).add(one.run_s)

    def _outcomes(self) -> Metric:
        family = CounterMetricFamily("nolapse_attempts", "Attempts that ended", labels=("task", "outcome"))
        for (task, outcome), number in sorted(self._ended.items()):
            family.add_metric([task, outcome], number)
        return family


def _histograms(name: str, about: str, label: str, found: dict[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, about, labels=(label,))
    for key, one in sorted(found.items()):
        one.put(family, key)
    return family


def _gauges() -> Iterator[Metric]:
    queued = GaugeMetricFamily("nolapse_jobs_queued", "Jobs in the queue, 100000 at the most", labels=("queue",))
    oldest = GaugeMetricFamily("nolapse_oldest_due_seconds", "How long the oldest job has been due", labels=("queue",))
    for queue in Queue:
        number, age_s = metrics.waiting(queue)
        queued.add_metric([queue], number)
        oldest.add_metric([queue], age_s)
    states = GaugeMetricFamily("nolapse_jobs", "Jobs in a state, 100000 at the most", labels=("state",))
    for state, number in metrics.states().items():
        states.add_metric([state], number)
    yield from (queued, oldest, states, *_services(), _webhooks(), *_lanes(), *_processes(), *_schedules(), *_room())


def _processes() -> Iterator[Metric]:
    words = [one.word for one in workers.alive()]
    yield GaugeMetricFamily("nolapse_workers", "Worker processes that are alive", value=words.count("alive"))
    yield GaugeMetricFamily(
        "nolapse_workers_silent", "Worker processes that have said nothing of late", value=words.count("silent")
    )
    leads = schedules.leader() is not None
    yield GaugeMetricFamily("nolapse_scheduler_leads", "1 where a scheduler leads, else 0", value=int(leads))


def _room() -> Iterator[Metric]:
    """Say whether the database and Redis take writes, and how much room our folders' disks have."""
    written = GaugeMetricFamily("nolapse_writable", "1 where it takes writes, else 0", labels=("service",))
    written.add_metric(["database"], int(ledger_health.refuses_writes() is None))
    written.add_metric(["redis"], int(redis_condition() == "ok"))
    free = GaugeMetricFamily("nolapse_disk_free_bytes", "Free bytes where a folder of ours lies", labels=("folder",))
    for space in disk_space.of(*settings.current().folders):
        free.add_metric([str(space.folder)], space.free)
    yield from (written, free)


def _schedules() -> tuple[Metric, Metric]:
    fired = GaugeMetricFamily(
        "nolapse_schedule_fired_seconds", "How long ago each schedule last fired", labels=("schedule",)
    )
    undecided = GaugeMetricFamily(
        "nolapse_schedule_undecided_seconds",
        "How long ago the oldest moment was due of which nobody has decided what becomes",
        labels=("schedule",),
    )
    now = schedules.now()
    for name, firing in schedules.last_firings([line.name for line in TIMETABLE]).items():
        fired.add_metric([name], (now - firing.due_at).total_seconds())
    for name, due in schedules_health.undecided(TIMETABLE).items():
        undecided.add_metric([name], (now - due).total_seconds())
    return fired, undecided


def _services() -> tuple[Metric, Metric]:
    labels = ("service", "outcome")
    calls = GaugeMetricFamily("nolapse_service_calls_5m", "Calls of outside services in 5 minutes", labels=labels)
    seconds = GaugeMetricFamily("nolapse_service_seconds_5m", "What they took together", labels=labels)
    for service, outcome, number, took_s in metrics.services(minutes=_MINUTES):
        calls.add_metric([service, outcome], number)
        seconds.add_metric([service, outcome], took_s)
    return calls, seconds


def _webhooks() -> Metric:
    found = GaugeMetricFamily("nolapse_webhooks", "Stripe's events that are not folded", labels=("state",))
    waiting = webhooks.not_folded()
    for state in (WebhookState.RECEIVED, WebhookState.FAILED):
        found.add_metric([str(state)], waiting.get(state, 0))
    return found


def _lanes() -> tuple[Metric, Metric]:
    shut = GaugeMetricFamily(
        "nolapse_lane_shut_seconds", "For how long a server that is in trouble is not asked", labels=("lane",)
    )
    slow = GaugeMetricFamily(
        "nolapse_lane_slowness", "How many times slower than usual such a server is asked", labels=("lane",)
    )
    for name, lane in lanes.troubled().items():
        shut.add_metric([name], circuit_breaker.open_s(lane.state, lane.now))
        slow.add_metric([name], circuit_breaker.slowness(lane.state, lane.now))
    return shut, slow


@cache
def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(AttemptCollector())
    return registry


_EXAMPLE = 'nolapse_attempts_total{outcome="done",task="domains.check"} 218.0\n'


@routes.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
def read_metrics() -> Response:
    """Give the metrics as Prometheus reads them."""
    return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_PLAIN_1_0_0)
