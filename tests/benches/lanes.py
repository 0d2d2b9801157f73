"""Simulates a look at every domain of a large portfolio: `python -m tests.benches.lanes [--domains 1000000]`.

1. `Task.fan_out` plans it, as a nightly run does: real jobs in a real ledger (SQLite, in a temporary folder).
2. Each job comes to its server's lane when it is due, a second's jobs together, as the dispatcher tells of them, and
   passes or is parked by `rules.rate_limits.lanes.admit`, by which the rate limit goes too.
3. What passed is counted in every window of a second, a minute, an hour and a day.
4. `rules.domains.next_check` says how often such domains are checked, and that is set against what each lane carries.

Writes the table into docs/lanes.md and the plot into docs/images/lanes.svg.
"""

import argparse
import heapq
import resource
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from pydantic import SecretStr

import settings
from db import connection, migrate
from db.fields import moment
from db.ledger import runs
from rules.domains import next_check
from rules.domains.records import Answer
from rules.jobs import JobState
from rules.jobs.pacing import RunPlan
from rules.rate_limits import lanes
from rules.rate_limits.lanes import Lane
from tasks.engine.task import Queue, task
from tasks.outside.pacing import LanePacing
from tasks.transport import notifier
from tests.benches import lanes_report
from tests.benches.shares import UNDATED, Portfolio
from tests.support.worker import Worker, away

PATIENCE_S = 1.0  # as tasks.outside.rate_limits's
WINDOWS = (1, 60, 3600, 86400)
FIRST = 100_000
"""How many domains are planned before, so that what more of them cost can be told."""

_PAGE = 20_000

portfolio = Portfolio.of_the_world()


def _first_servers(ids: Sequence[int]) -> dict[int, str]:
    return {one: portfolio.server(one) for one in ids}


@task(Queue.LOOKUP, unique=("domain_id",), pacing=LanePacing(_first_servers))
def check(*, domain_id: int) -> None:
    """What is planned; nobody runs it here."""


@task(Queue.DEFAULT, fans_out=True, deadline_s=3600)
def check_all(*, domains: int) -> None:
    """Fan out over a portfolio of that many domains."""
    check.fan_out(lambda last, limit: range(last + 1, min(domains, last + limit) + 1), "domain_id")


@dataclass
class Passage:
    """What became of the jobs of one lane. Times are seconds since the run began."""

    lane: Lane
    jobs: int = 0
    parked: int = 0
    ended: float = 0.0
    most: dict[int, int] = field(default_factory=lambda: dict.fromkeys(WINDOWS, 0))
    _tat: float = 0.0
    _line: float = 0.0
    _waiting: list[float] = field(default_factory=list)
    _seen: dict[int, deque[float]] = field(default_factory=lambda: {window: deque() for window in WINDOWS})

    def come(self, at: float) -> None:
        """Let a job come that is due, after those that were parked until then."""
        self.jobs += 1
        self.come_back(at)
        self._try(at)

    def come_back(self, until: float = float("inf")) -> None:
        """Let those come back whose place in the line is reached."""
        while self._waiting and self._waiting[0] <= until:
            self._try(heapq.heappop(self._waiting))

    def _try(self, now: float) -> None:
        self._tat, wait_s = lanes.admit(self._tat, now, self.lane, patience_s=PATIENCE_S)
        if wait_s <= PATIENCE_S:
            self._pass(now + wait_s)
            return
        self.parked += 1
        place = max(self._line, now + wait_s)
        self._line = place + self.lane.period_s
        heapq.heappush(self._waiting, place)

    def _pass(self, at: float) -> None:
        self.ended = max(self.ended, at)
        for window, seen in self._seen.items():
            seen.append(at)
            while at - seen[0] > window:
                seen.popleft()
            self.most[window] = max(self.most[window], len(seen))

    @property
    def kept(self) -> bool:
        """Whether no window saw more than the lane allows."""
        return all(most <= self.lane.burst + window / self.lane.period_s for window, most in self.most.items())


@dataclass(frozen=True)
class Planned:
    """What planning took. Sizes in MB."""

    run_id: int
    plan: RunPlan
    seconds: float
    early_mb: float
    peak_mb: float


def plan(folder: Path, domains: int) -> Planned:
    """Have the real fan-out plan a run, in the connected ledger."""
    worker = Worker(folder)
    worker.perform(check_all, domains=min(domains, FIRST))  # what every run needs is loaded now, caches are full
    early_mb = _peak_mb()
    with connection.transaction():
        connection.changed("DELETE FROM job")
        connection.changed("UPDATE lane SET planned_until = NULL")
    began = time.monotonic()
    root = worker.perform(check_all, domains=domains)
    assert root.state is JobState.DONE, root
    assert root.run_id
    return Planned(root.run_id, runs.plan(root.run_id), time.monotonic() - began, early_mb, _peak_mb())


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def passages(run_id: int) -> dict[str, Passage]:
    """Let every planned job come to its lane when it is due, and return what became of each lane."""
    found: dict[str, Passage] = {}
    for domain_id, due_s in _due(run_id):
        lane = lanes.of(portfolio.server(domain_id), per_minute={})
        found.setdefault(lane.name, Passage(lane)).come(ceil(due_s))
    for one in found.values():
        one.come_back()
    return found


def _due(run_id: int) -> Iterator[tuple[int, float]]:
    """Return each domain and in how many seconds after the run's beginning its job is due, by id."""
    began = moment(connection.execute("SELECT created_at FROM run WHERE id = %s", run_id)[0][0])
    assert began
    last = 0
    while rows := connection.execute(
        "SELECT id, CAST(json_extract(args, '$.domain_id') AS INTEGER), run_at FROM job"
        " WHERE run_id = %s AND task = %s AND id > %s ORDER BY id LIMIT %s",
        run_id,
        check.name,
        last,
        _PAGE,
    ):
        for _, domain_id, run_at in rows:
            due = moment(run_at)
            assert due
            yield domain_id, (due - began).total_seconds()
        last = rows[-1][0]


def looks_a_day(*, dated: bool) -> float:
    """Return how often a quiet domain is checked that is renewed ten days before its end."""
    begin = now = datetime(2026, 1, 1, tzinfo=UTC)
    expires, changed_at, number = begin + timedelta(days=365), None, 0
    while now < begin + timedelta(days=3 * 365):
        if dated and expires - now < timedelta(days=10):
            expires, changed_at = expires + timedelta(days=365), now
        now = next_check.next_check(
            answer=Answer.REGISTERED,
            expires=expires if dated else None,
            statuses=(),
            changed_at=changed_at,
            failures=0,
            doubted=False,
            jitter=0.5,
            now=now,
        ).at
        number += 1
    return number / ((now - begin) / timedelta(days=1))


def loads(domains: int) -> dict[str, float]:
    """Return the share of each lane's slots that the looks of a portfolio take, day after day."""
    often = {dated: looks_a_day(dated=dated) for dated in (True, False)}
    wanted: defaultdict[Lane, float] = defaultdict(float)
    for domain_id in range(1, domains + 1):
        lane = lanes.of(portfolio.server(domain_id), per_minute={})
        wanted[lane] += often[portfolio.tld(domain_id) not in UNDATED]
    return {lane.name: number * lane.period_s / 86400 for lane, number in wanted.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benches.lanes")
    parser.add_argument("--domains", type=int, default=1_000_000)
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where lanes.md and images/lanes.svg are")
    asked = parser.parse_args(arguments)
    notifier.current = away
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        url = f"sqlite:///{folder / 'nolapse.db'}"
        with settings.override(home=folder, database_url_given=SecretStr(url)):
            connection.connect(url)
            with connection.session():
                migrate.up()
            with connection.session():
                planned = plan(folder, asked.domains)
                print(f"planned {asked.domains:,} look-ups in {planned.seconds:.0f} s; peak {planned.peak_mb:.0f} MB")
                passed = passages(planned.run_id)
    load = loads(asked.domains)
    lanes_report.write(asked.docs, planned, passed, load)
    over = [name for name, one in passed.items() if not one.kept]
    print(f"{len(passed)} lanes, over their limit: {', '.join(over) or 'none'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
