"""Commands about work: trigger a task, look at jobs and runs, steer schedules."""

import getpass
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.text import Text

from cli.output import AsJson, Exit, flush_notifications, notes, print_json, print_table, ready, screen, shown
from db.access import audit
from db.ledger import jobs, runs, schedules, staff_actions
from rules.jobs import UNFINISHED, JobState
from schedules import clock
from schedules.table import TIMETABLE
from tasks.engine.errors import BadArguments
from tasks.engine.task import EnqueuedJob, find

app = typer.Typer()
jobs_app = typer.Typer(invoke_without_command=True, help="Look at jobs, cancel one, retry one that ended badly.")
schedules_app = typer.Typer(invoke_without_command=True, help="Look at the timetable; pause, resume, edit, run now.")

_LOOK_S = 0.2
_LONGEST_ARGUMENTS = 80
_LONGEST_NUMBER = 5
_UNITS = {"m": 60, "h": 3600, "d": 86400}


@app.command()
def trigger(
    job: Annotated[str, typer.Argument(help="A task's name, such as domains.check_all")],
    arguments: Annotated[list[str] | None, typer.Argument(help="name=value, as the task takes them")] = None,
    *,
    wait: Annotated[bool, typer.Option(help="Wait until the job, or all of its run, has ended.")] = False,
    as_json: AsJson = False,
) -> None:
    """Enqueue a task now. Works while Redis is away: the job runs when it is back.

    With --wait it says what became of the job and of its run; the exit code is 0 only if every job ended well.
    """
    with ready():
        task = find(job)
        enqueued = task.enqueue(**task.validated(_keyword_arguments(arguments or [])))
        audit.add(getpass.getuser(), "trigger", job, {"job": enqueued.job_id})
        flush_notifications()
        if wait:
            _end_as(_await(enqueued, quiet=as_json), as_json=as_json)
        elif as_json:
            print_json(enqueued.as_json())
        else:
            screen.print(f"{_named_job(enqueued)} is {'queued' if enqueued.new else 'queued already'}{_with(enqueued)}")


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of a job that was waited for, and how many jobs of its run ended in each state."""

    enqueued: EnqueuedJob
    job: jobs.Job
    counts: dict[str, int]


def _end_as(ended: _Ended, *, as_json: bool) -> None:
    """Print the end of the job and its run; exit with 1 unless every job is done."""
    job, run_id = ended.job, ended.enqueued.run_id
    if as_json:
        print_json({**ended.enqueued.as_json(), "counts": ended.counts, "state": job.state, "error": job.error})
    else:
        why = f": {shown(job.error)}" if job.error and job.state is not JobState.DONE else ""
        screen.print(Text(f"job {job.id} is {job.state}{why}"), soft_wrap=True)
        if run_id:
            counted = [f"{ended.counts[state]} {state}" for state in JobState if state in ended.counts]
            screen.print(f"run {run_id}: {', '.join(counted)}")
    if set(ended.counts) - {JobState.DONE}:
        raise typer.Exit(Exit.WRONG)


def _named_job(enqueued: EnqueuedJob) -> str:
    return f"job {enqueued.job_id}" + (f", run {enqueued.run_id}" if enqueued.run_id else "")


def _with(enqueued: EnqueuedJob) -> str:
    """Return words that say that the queued job has other arguments than the given ones; empty where it has not."""
    return f", with other arguments: {shown(enqueued.other_arguments)}" if enqueued.other_arguments is not None else ""


def _keyword_arguments(arguments: list[str]) -> dict[str, Any]:
    pairs = [one.partition("=") for one in arguments]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise BadArguments(f"{wrong[0]!r} is not of the form name=value")
    return {name: value for name, _, value in pairs}


def _await(enqueued: EnqueuedJob, *, quiet: bool) -> _Ended:
    """Wait until the job, or all of its run, has ended."""
    with Progress(console=notes, disable=quiet) as progress:
        bar = progress.add_task("waiting", total=None)
        while True:
            counts = jobs.counts_of_run(enqueued.run_id) if enqueued.run_id else None
            job = jobs.require(enqueued.job_id)  # read after the counts: if the run has ended, this job has ended, too
            counts = counts or {str(job.state): 1}
            total = sum(counts.values())
            left = sum(counts.get(state, 0) for state in UNFINISHED)
            progress.update(bar, total=total, completed=total - left)
            if not left:
                return _Ended(enqueued, job, counts)
            time.sleep(_LOOK_S)


@jobs_app.callback()
def list_jobs(
    context: typer.Context,
    *,
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    task: Annotated[str | None, typer.Option(help="Only jobs of this task.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs, and say why those that wait do not run."""
    if context.invoked_subcommand:
        return
    with ready(tasks=False):
        found = jobs.newest(state=state, task=task, limit=limit)
        if as_json:
            print_json([asdict(one) for one in found])
            return
        print_table(
            "Jobs",
            ("id", "task", "arguments", "state", "tries", "why"),
            [
                (one.id, one.task, _short(one.args), one.state, one.attempts, one.waits_for or one.error)
                for one in found
            ],
        )


def _short(args: Mapping[str, object]) -> str:
    """Return a job's arguments, cut to a table's room: there may be thousands of ids."""
    text = ", ".join(f"{name}={value}" for name, value in args.items())
    return text if len(text) <= _LONGEST_ARGUMENTS else f"{text[:_LONGEST_ARGUMENTS]}\N{HORIZONTAL ELLIPSIS}"


@jobs_app.command("show")
def show_job(job_id: int, *, as_json: AsJson = False) -> None:
    """Show one job with its attempts."""
    with ready(tasks=False):
        job, attempts = jobs.require(job_id), jobs.attempts(job_id)
        if as_json:
            print_json({**asdict(job), "attempts": [asdict(one) for one in attempts]})
            return
        for name, value in asdict(job).items():
            screen.print(f"{name:12} {shown(value)}", markup=False)
        print_table(
            "Attempts",
            ("number", "outcome", "started", "ended", "error"),
            [(one.number, one.outcome, one.started_at, one.ended_at, one.error) for one in attempts],
        )


@jobs_app.command("retry")
def retry_job(
    job_id: Annotated[int | None, typer.Argument(min=1)] = None,
    *,
    state: Annotated[JobState | None, typer.Option(help="All that ended so, within --since.")] = None,
    since: Annotated[str, typer.Option(help="How long ago at the most: 30m, 2h, 3d.")] = "1h",
    task: Annotated[str | None, typer.Option(help="Only of this task.")] = None,
    error: Annotated[str | None, typer.Option(help="Only those whose error has this in it.")] = None,
) -> None:
    """Queue a job again that failed, died, was cancelled, or whose effect is unknown; or all that ended so of late.

    What is unknown is retried one by one: of each a person says first that it did not happen.
    """
    if job_id is None and state is not None:
        _retry_many(state, since, task, error)
        return
    if job_id is None or state is not None:
        raise typer.BadParameter("name a job, or --state with --since")
    with ready():
        staff_actions.retry(job_id)
        audit.add(getpass.getuser(), "retry", f"job {job_id}", {})
        screen.print(f"job {job_id} is queued")


def _retry_many(state: JobState, since: str, task: str | None, error: str | None) -> None:
    if state not in staff_actions.RETRYABLE_TOGETHER:
        raise typer.BadParameter(f"jobs that are {state} are not retried together; dead, failed and cancelled ones are")
    with ready():
        retried = refused = 0
        began = schedules.now() - timedelta(seconds=_seconds(since))
        for one in jobs.ended_since(state, began, tasks=(task,) if task else None, error=error):
            try:
                staff_actions.retry(one)
            except staff_actions.NotPossible:
                refused += 1
                continue
            audit.add(getpass.getuser(), "retry", f"job {one}", {})
            retried += 1
        flush_notifications()
        screen.print(f"{retried} jobs are queued" + (f", {refused} cannot be" if refused else ""))


def _seconds(text: str) -> float:
    """Return how many seconds ``30m``, ``2h`` or ``3d`` are."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and unit in _UNITS and len(number) <= _LONGEST_NUMBER):
        raise typer.BadParameter(f"{text!r} is no time; write 30m, 2h or 3d")
    return int(number) * _UNITS[unit]


@jobs_app.command("cancel")
def cancel_job(job_id: int) -> None:
    """End a queued job; ask a running one to end instead of being tried again."""
    with ready():
        state = staff_actions.cancel(job_id)
        audit.add(getpass.getuser(), "cancel", f"job {job_id}", {})
        screen.print(f"job {job_id} is {'cancelled' if state is JobState.CANCELLED else 'asked to end'}")


@app.command("runs")
def list_runs(*, limit: Annotated[int, typer.Option(min=1, max=1000)] = 20, as_json: AsJson = False) -> None:
    """List the newest runs with the states of their jobs."""
    with ready(tasks=False):
        found = runs.newest(limit=limit)
        if as_json:
            print_json([asdict(one) for one in found])
            return
        print_table(
            "Runs",
            ("id", "task", "started", "finished", "jobs"),
            [(one.id, one.task, one.created_at, one.finished_at, one.counts) for one in found],
        )


@schedules_app.callback()
def list_schedules(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the timetable: when each schedule is due next and what became of it last."""
    if context.invoked_subcommand:
        return
    with ready(tasks=False):
        rows = [_schedule(line.name) for line in TIMETABLE]
        if as_json:
            print_json(rows)
            return
        columns = ("name", "task", "cron", "zone", "next", "last", "paused")
        print_table("Schedules", columns, [[row[column] for column in columns] for row in rows])


def _schedule(name: str) -> dict[str, object]:
    line = clock.line_named(TIMETABLE, name)
    row = schedules.overrides().get(name)
    cron = clock.effective(line, row) if row else line.cron
    last = next(iter(schedules.firings(name, limit=1)), None)
    return {
        "name": name,
        "task": line.task,
        "cron": cron.expression,
        "zone": cron.zone,
        "next": cron.after(schedules.now()),
        "last": f"{last.outcome} {shown(last.due_at)}" if last else None,
        "paused": f"by {row.paused_by}: {row.paused_because}" if row and row.pauses(schedules.now()) else None,
    }


@schedules_app.command("pause")
def pause_schedule(name: str, because: Annotated[str, typer.Option(help="Why, for those who wonder.")]) -> None:
    """Stop a schedule from firing; what falls due meanwhile is recorded as skipped."""
    with ready():
        clock.pause(clock.line_named(TIMETABLE, name), because=because, by=getpass.getuser())
        audit.add(getpass.getuser(), "pause", f"schedule {name}", {"because": because})
        screen.print(f"{name} is paused")


@schedules_app.command("resume")
def resume_schedule(name: str) -> None:
    """Let a schedule fire again."""
    with ready():
        clock.resume(clock.line_named(TIMETABLE, name))
        audit.add(getpass.getuser(), "resume", f"schedule {name}", {})
        screen.print(f"{name} fires again")


@schedules_app.command("edit")
def edit_schedule(
    name: str,
    *,
    cron: Annotated[str | None, typer.Option(help="Five fields, as in crontab; left out: the timetable's.")] = None,
    zone: Annotated[str | None, typer.Option(help="An IANA zone; left out: the timetable's.")] = None,
) -> None:
    """Change when a schedule is due; with no option it goes back to the timetable's line."""
    with ready():
        holds = clock.edit(clock.line_named(TIMETABLE, name), cron=cron, zone=zone)
        audit.add(getpass.getuser(), "edit", f"schedule {name}", dict(holds))
        screen.print(f"{name}: {holds['cron']} ({holds['zone']})")


@schedules_app.command("run")
def run_schedule(name: str, *, as_json: AsJson = False) -> None:
    """Fire a schedule now, paused or not."""
    with ready():
        enqueued = clock.run_now(clock.line_named(TIMETABLE, name), by=getpass.getuser())
        audit.add(getpass.getuser(), "run now", f"schedule {name}", {"job": enqueued.job_id})
        flush_notifications()
        if as_json:
            print_json(enqueued.as_json())
        else:
            screen.print(f"{name} fired: {_named_job(enqueued)}")
