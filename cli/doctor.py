"""``nolapse doctor``: checks a live system's invariants, and says in plain words what is wrong and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

import redis
import typer
from rich.text import Text

import settings
from cli.output import AsJson, Exit, complaining, print_json, screen
from db import connection, invariants, invoices, lanes, migrate, schedules, workers
from rules import closures
from schedules.table import TIMETABLE
from settings import logs
from tasks import catalogue, doorbell
from tasks.errors import UnknownTask
from tasks.task import Queue, find

app = typer.Typer()

_SILENT_S = 30
_SKEW_S = 2
_OLD_S = 60
_NAMED = 3
_IDS_SHOWN = 5


class Verdict(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked; ``advice`` says what to do where it is not well."""

    name: str
    verdict: Verdict
    words: str
    advice: str = ""


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Check the settings, the database, Redis, workers, schedules and the ledger's invariants.

    Exit code 0 unless something fails (1); warnings alone leave it at 0.
    """
    with complaining():
        config = settings.current()
        logs.configure(json=False, level="error", secrets=config.secrets())
        catalogue.load()
        connection.connect(config.database_url)
        findings = list(examine())
    if as_json:
        print_json([asdict(one) for one in findings])
    else:
        _print(findings)
    if any(one.verdict is Verdict.FAIL for one in findings):
        raise typer.Exit(Exit.WRONG)


def examine() -> Iterator[Finding]:
    """Make all checks; what cannot be checked because the database is away is left out."""
    try:
        with connection.session():
            pending = migrate.pending()
            yield _migrations(pending)
            if not pending:
                for check in (_clock, _workers, _claims, _waiting, _lanes, _tasks, _timetable, _numbers, _bad_ends):
                    yield check()
                yield from _redis(invariants.unknown_ids)
                return
    except connection.Unreachable as error:
        yield Finding(
            "database", Verdict.FAIL, f"it does not answer: {_line(error)}", "Start it, or mend DATABASE_URL."
        )
    yield from _redis(None)


def _migrations(pending: list[str]) -> Finding:
    if pending:
        return Finding("migrations", Verdict.FAIL, f"not applied: {', '.join(pending)}", "Run `nolapse migrate`.")
    return Finding("migrations", Verdict.OK, "the schema is current")


def _clock() -> Finding:
    skew = abs((schedules.now() - datetime.now(UTC)).total_seconds())
    if skew > _SKEW_S:
        return Finding(
            "clock",
            Verdict.WARN,
            f"this machine and the database differ by {skew:.1f} s",
            "Run a time service on both.",
        )
    return Finding("clock", Verdict.OK, "this machine and the database agree")


def _workers() -> Finding:
    alive = workers.alive()
    silent = [one for one in alive if one.silent_s > _SILENT_S]
    working = len(alive) - len(silent)
    if not working:
        return Finding(
            "workers", Verdict.FAIL, "no worker is running: nothing is done", "Start `nolapse up` or `nolapse worker`."
        )
    if silent:
        names = ", ".join(f"{one.host}:{one.pid}" for one in silent[:_IDS_SHOWN])
        return Finding(
            "workers",
            Verdict.WARN,
            f"{working} work, {len(silent)} fell silent ({names})",
            "Look whether these processes live.",
        )
    return Finding("workers", Verdict.OK, f"{working} work")


def _claims() -> Finding:
    orphans = invariants.orphans()
    if orphans:
        return Finding(
            "claims",
            Verdict.WARN,
            f"{len(orphans)} running jobs have no worker (such as {_some(orphans)})",
            "The scheduler takes them back within seconds; if this stays, see whether it runs.",
        )
    return Finding("claims", Verdict.OK, "every running job has its worker")


def _waiting() -> Finding:
    old = {queue: age for queue, age in invariants.oldest_due_s().items() if age > _OLD_S}
    if old:
        words = ", ".join(f"{queue} {age:.0f} s" for queue, age in sorted(old.items()))
        return Finding(
            "waiting", Verdict.WARN, f"due jobs wait long: {words}", "Run more workers, or see what holds these."
        )
    return Finding("waiting", Verdict.OK, "no due job waits long")


def _lanes() -> Finding:
    shut = {name: seen for name, seen in lanes.troubled().items() if closures.shut_s(seen.state, seen.now)}
    if shut:
        words = "; ".join(closures.words(name, seen.state) for name, seen in sorted(shut.items())[:_NAMED])
        more = f", and {len(shut) - _NAMED} more" if len(shut) > _NAMED else ""
        return Finding(
            "lanes", Verdict.WARN, f"look-ups wait for {words}{more}", "They go on by themselves; see docs/lanes.md."
        )
    return Finding("lanes", Verdict.OK, "every registry may be asked")


def _tasks() -> Finding:
    unknown = invariants.unknown_tasks(list(catalogue.load()))
    if unknown:
        return Finding(
            "tasks",
            Verdict.WARN,
            f"queued jobs name tasks that this release does not know: {', '.join(unknown[:_IDS_SHOWN])}",
            "Start a worker of the release that knows them, set NOLAPSE_TASK_MODULES, or cancel them.",
        )
    return Finding("tasks", Verdict.OK, "every queued job's task is known")


def _timetable() -> Finding:
    unknown = [line.name for line in TIMETABLE if not _known(line.task)]
    if unknown:
        return Finding(
            "schedules", Verdict.FAIL, f"these name unknown tasks: {', '.join(unknown)}", "Mend schedules/table.py."
        )
    rows = schedules.overrides()
    if not rows:
        return Finding(
            "schedules", Verdict.WARN, "no scheduler has run yet", "Start `nolapse up` or `nolapse scheduler`."
        )
    paused = [name for name, row in rows.items() if row.paused_at]
    if paused:
        return Finding(
            "schedules", Verdict.WARN, f"paused: {', '.join(sorted(paused))}", "`nolapse schedules resume NAME`"
        )
    return Finding("schedules", Verdict.OK, f"{len(rows)} schedules, none paused")


def _known(task: str) -> bool:
    try:
        find(task)
    except UnknownTask:
        return False
    return True


def _numbers() -> Finding:
    gaps = invoices.gaps()
    if gaps:
        return Finding(
            "invoice numbers", Verdict.FAIL, "; ".join(gaps), "Do not issue more; find out who removed an invoice."
        )
    return Finding("invoice numbers", Verdict.OK, "no gap and no double")


def _bad_ends() -> Finding:
    states = invariants.states()
    bad = {state: states[state] for state in ("dead", "unknown") if states.get(state)}
    if bad:
        words = ", ".join(f"{number} {state}" for state, number in bad.items())
        return Finding("dead letters", Verdict.WARN, words, "`nolapse jobs --state dead`; `nolapse jobs retry ID`")
    return Finding("dead letters", Verdict.OK, "none")


def _redis(unknown_ids: Callable[[list[int]], list[int]] | None) -> Iterator[Finding]:
    bell = doorbell.Doorbell(doorbell.client(settings.current().redis_url))
    try:
        bell.require_fit()
        yield Finding("redis", Verdict.OK, "it answers and evicts nothing")
        yield _windows(bell)
        if unknown_ids:
            yield _strangers(bell, unknown_ids)
    except doorbell.RedisUnfit as error:
        yield Finding("redis", Verdict.FAIL, str(error), "CONFIG SET maxmemory-policy noeviction")
    except (redis.RedisError, OSError) as error:
        yield Finding(
            "redis",
            Verdict.WARN,
            f"it does not answer ({_line(error)}): work is accepted, and waits",
            "Start it, or mend REDIS_URL; nothing is lost meanwhile.",
        )


def _windows(bell: doorbell.Doorbell) -> Finding:
    window = settings.current().window
    over = [str(queue) for queue in Queue if bell.depth(queue) > window]
    if over:
        return Finding(
            "windows", Verdict.WARN, f"more announced than the window allows: {', '.join(over)}", "It drains by itself."
        )
    return Finding("windows", Verdict.OK, f"each queue within its window of {window}")


def _strangers(bell: doorbell.Doorbell, unknown_ids: Callable[[list[int]], list[int]]) -> Finding:
    strangers = [one for queue in Queue for one in unknown_ids(bell.waiting(queue))]
    if strangers:
        return Finding(
            "announcements",
            Verdict.WARN,
            f"Redis announces {len(strangers)} jobs that the ledger does not have (such as {_some(strangers)})",
            "Workers drop them. If another Nolapse uses this Redis, give it one of its own.",
        )
    return Finding("announcements", Verdict.OK, "Redis announces only what the ledger has")


def _some(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:_IDS_SHOWN]))


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _print(findings: list[Finding]) -> None:
    colours = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}
    for one in findings:
        screen.print(
            Text(f"{one.verdict:5}", style=colours[one.verdict]), Text(f"{one.name}: {one.words}"), soft_wrap=True
        )
        if one.advice:
            screen.print(Text(f"      {one.advice}", style="dim"), soft_wrap=True)
