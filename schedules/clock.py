"""A due moment becomes work, once: its firing row, its run and its job are one transaction.

What fell due follows from rows and the timetable at each tick, and from nothing that a process remembers. So two
schedulers are harmless, and what was missed while none ran is decided by the schedule's policy and recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

import structlog

from db import connection
from db.ledger import schedules
from schedules.cron import BadSchedule, Cron
from schedules.table import CatchUp, ScheduleLine
from settings import reports
from settings.failpoints import failpoint
from tasks.engine.errors import UnknownTask
from tasks.engine.task import EnqueuedJob, find

log = structlog.get_logger()

_RECORDED_AT_MOST = 500
"""Missed moments that get a row of their own; a longer absence is summed up in the oldest row's reason."""

_REMEMBERED = 20_000
"""How many next due moments, and times that staff set, are remembered and not computed at each tick."""

_PROMPT = timedelta(seconds=60)
"""A moment younger than this has not been missed."""


@dataclass(frozen=True, slots=True)
class FiringDecision:
    """What becomes of a due moment, and why."""

    due_at: datetime
    outcome: str
    reason: str | None = None


class UnknownSchedule(LookupError):
    """Raised when the timetable has no line of this name; the message names those that it has."""


def line_named(timetable: Sequence[ScheduleLine], name: str) -> ScheduleLine:
    """Return the timetable's line. Raises ``UnknownSchedule``."""
    for line in timetable:
        if line.name == name:
            return line
    raise UnknownSchedule(f"no schedule is named {name!r}; there are {', '.join(line.name for line in timetable)}")


def tick(timetable: Sequence[ScheduleLine]) -> int:
    """Decide every moment that fell due since the last tick, on the database's clock. Returns how many were decided."""
    now = schedules.now()
    rows = schedules.overrides()
    if new := [line.name for line in timetable if line.name not in rows]:
        schedules.enter(*new)
    return sum(_tick_safely(line, rows[line.name], now) for line in timetable if line.name in rows)


def _tick_safely(line: ScheduleLine, row: schedules.Override, now: datetime) -> int:
    """Decide one line's moments; an error in one line must not stop the lines after it."""
    try:
        return _tick_one(line, row, now)
    except connection.Unreachable:
        raise
    except Exception as error:
        log.exception("schedule_broken", schedule=line.name)
        reports.report(error)
        return 0


def _tick_one(line: ScheduleLine, row: schedules.Override, now: datetime) -> int:
    cron = effective(line, row)
    if _next_due(cron, row.decided_until) > now:
        return 0
    due, uncounted = cron.latest(row.decided_until, now, _RECORDED_AT_MOST)
    if not due:
        return 0
    for decision in decide(line, row, due, uncounted=uncounted, now=now):
        _carry_out(line, decision)
    with connection.transaction():
        schedules.decided(line.name, due[-1], since=row.decided_until)
    return len(due)


def effective(line: ScheduleLine, row: schedules.Override) -> Cron:
    """Return the times that hold for a line: staff's where they changed them, if they can be read."""
    if row.cron is None and row.zone is None:
        return line.cron
    try:
        return _read(row.cron or line.cron.expression, row.zone or line.cron.zone)
    except BadSchedule as error:
        log.warning("schedule_unreadable", schedule=line.name, error=str(error))
        return line.cron


# Each tick asks for these of each line, and they depend on their arguments alone: so they are remembered.
_next_due = lru_cache(_REMEMBERED)(Cron.after)
_read = lru_cache(_REMEMBERED)(Cron)


def decide(
    line: ScheduleLine, row: schedules.Override, due: Sequence[datetime], *, uncounted: int, now: datetime
) -> list[FiringDecision]:
    """Decide what becomes of ``due`` moments, ascending. ``uncounted`` still older ones get no row of their own."""
    oldest, *others = _decided(line, row, due, now=now)
    if uncounted:
        reason = "; ".join(filter(None, (oldest.reason, f"{uncounted} older ones are not listed")))
        oldest = replace(oldest, reason=reason)
    return [oldest, *others]


def _decided(
    line: ScheduleLine, row: schedules.Override, due: Sequence[datetime], *, now: datetime
) -> list[FiringDecision]:
    skipped = [at for at in due if row.pauses(at)]
    if skipped:
        why = f"paused by {row.paused_by}: {row.paused_because}"
        left = [at for at in due if not row.pauses(at)]
        others = _unpaused(line, left, now=now) if left else []
        return [*(FiringDecision(at, "skipped", why) for at in skipped), *others]
    return _unpaused(line, due, now=now)


def _unpaused(line: ScheduleLine, due: Sequence[datetime], *, now: datetime) -> list[FiringDecision]:
    if line.catch_up is CatchUp.EACH:
        return [FiringDecision(at, "fired", _late(at, now)) for at in due]
    missed, newest = due[:-1], due[-1]
    if line.catch_up is CatchUp.SKIP:
        late = [at for at in due if now - at > _PROMPT]
        prompt = [at for at in due if now - at <= _PROMPT]
        return [FiringDecision(at, "skipped", "missed, and this schedule skips what it missed") for at in late] + [
            FiringDecision(at, "fired") for at in prompt
        ]
    return [
        *(
            FiringDecision(at, "coalesced", f"missed; fired once for all at {newest:%Y-%m-%d %H:%M} UTC")
            for at in missed
        ),
        FiringDecision(newest, "fired", _late(newest, now)),
    ]


def _late(due_at: datetime, now: datetime) -> str | None:
    late = now - due_at
    return f"{int(late.total_seconds())} s late: no scheduler ran" if late > _PROMPT else None


def _carry_out(line: ScheduleLine, decision: FiringDecision) -> None:
    """Enter the firing and its work, unless another scheduler did."""
    try:
        task = find(line.task)
    except UnknownTask as error:
        decision = FiringDecision(decision.due_at, "parked", str(error))
        task = None
    with connection.transaction():
        firing_id = schedules.decide(line.name, decision.due_at, decision.outcome, decision.reason)
        failpoint("clock.decided")
        if firing_id is not None and decision.outcome == "fired" and task is not None:
            enqueued = task.enqueue()
            schedules.fired(firing_id, job_id=enqueued.job_id, run_id=enqueued.run_id)
    if firing_id is not None:
        log.info("schedule", schedule=line.name, due_at=decision.due_at.isoformat(), outcome=decision.outcome)


def next_of(timetable: Sequence[ScheduleLine], task: str) -> datetime | None:
    """Return when the timetable has a task due next; None where no line has it, or its schedule is paused."""
    line = next((one for one in timetable if one.task == task), None)
    row = schedules.overrides().get(line.name) if line else None
    now = schedules.now()
    if line is None or (row and row.pauses(now)):
        return None
    return (effective(line, row) if row else line.cron).after(now)


def run_now(line: ScheduleLine, *, by: str) -> EnqueuedJob:
    """Fire a schedule outside its times, whether it is paused or not. Raises ``UnknownTask``."""
    task = find(line.task)
    with connection.session(), connection.transaction():
        firing_id = schedules.decide(line.name, schedules.now(), "fired", f"run now by {by}")
        enqueued = task.enqueue()
        if firing_id is not None:
            schedules.fired(firing_id, job_id=enqueued.job_id, run_id=enqueued.run_id)
    return enqueued


def make_up(line: ScheduleLine, due_at: datetime, *, by: str) -> EnqueuedJob | None:
    """Fire a due moment that was skipped, coalesced or parked; None where there is no such moment.

    Raises ``UnknownTask``.
    """
    task = find(line.task)
    with connection.session(), connection.transaction():
        firing_id = schedules.make_up(line.name, due_at, reason=f"made up for by {by}")
        if firing_id is None:
            return None
        enqueued = task.enqueue()
        schedules.fired(firing_id, job_id=enqueued.job_id, run_id=enqueued.run_id)
    return enqueued


def pause(line: ScheduleLine, *, because: str, by: str, until: datetime | None = None) -> None:
    """Stop a schedule from firing: what falls due from now on is recorded as skipped, what was due is decided first."""
    with connection.session():
        _decide_until_now(line)
        schedules.pause(line.name, because=because, by=by, until=until)


def resume(line: ScheduleLine) -> None:
    """Let a schedule fire again, from now on: what fell due while it was paused is recorded as skipped first."""
    with connection.session():
        _decide_until_now(line)
        schedules.resume(line.name)


def _decide_until_now(line: ScheduleLine) -> datetime:
    """Decide what fell due until now, by the times and pause that held so far, and return the present moment."""
    schedules.enter(line.name)
    now = schedules.now()
    _tick_safely(line, schedules.overrides()[line.name], now)
    return now


def edit(line: ScheduleLine, *, cron: str | None, zone: str | None) -> Mapping[str, str]:
    """Change a schedule's times; None goes back to the timetable's. Raises ``BadSchedule``. Returns what holds now.

    What fell due before is decided by the times that held then: the new ones have missed nothing.
    """
    changed = Cron(cron or line.cron.expression, zone or line.cron.zone)
    with connection.session():
        now = _decide_until_now(line)
        with connection.transaction():
            schedules.edit(line.name, cron=cron, zone=zone)
            schedules.decided(line.name, now, since=schedules.overrides()[line.name].decided_until)
    return {"cron": changed.expression, "zone": changed.zone}
