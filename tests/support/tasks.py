"""Tasks for the tests: each does one local write, waits, fails or dies in its own way."""

import os
import signal
import time
from pathlib import Path

import settings
from db import connection
from integrations.errors import Rejected, Unavailable, Unsettled
from settings.failpoints import failpoint
from tasks.engine.context import completing, current
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, task

EFFECTIVE = (
    "tasks.write", "tasks.write_number", "tasks.write_in_batch",
    "tasks.note_run", "tasks.sleep", "tasks.wait_for", "tasks.fire",
)  # fmt: skip
"""The tasks that write one row into ``effect_seen`` in the transaction that ends their job."""

_LOOK_S = 0.02


def make_table() -> None:
    """Make the table in which the tests count effects."""
    with connection.session(), connection.transaction():
        connection.execute("CREATE TABLE IF NOT EXISTS effect_seen (name TEXT NOT NULL, job_id BIGINT)")


def _effect(name: str) -> None:
    job = current()
    connection.execute(
        "INSERT INTO effect_seen (name, job_id) VALUES (%s, %s)", name, job.claim.job_id if job else None
    )


@task(Queue.DEFAULT, backoff_s=0.2)
def write(*, name: str) -> None:
    """Write one row, exactly once."""
    with completing():
        _effect(name)


@task(Queue.DEFAULT, backoff_s=0.2, unique=("number",))
def write_number(*, number: int) -> None:
    """Write one row, exactly once."""
    failpoint("work.middle")
    with completing():
        _effect(str(number))


@task(Queue.DEFAULT, attempts=2, backoff_s=0.2, deadline_s=1.5, in_batches=True)
def write_in_batch(*, name: str, go_wrong: str = "") -> None:
    """Write one row, exactly once; the first in a batch that makes the file ``go_wrong`` does what that is named."""
    with completing():
        _effect(name)
        job = current()
        if go_wrong and job and job.in_batch and _is_first(Path(go_wrong)):
            _GO_WRONG[Path(go_wrong).name]()


def _is_first(path: Path) -> bool:
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@task(Queue.DEFAULT, fans_out=True, then="tasks.note_run")
def write_many(*, number: int, after: int = 0) -> None:
    """Fan out to that many writes, of the numbers that come after one."""
    write_number.fan_out(
        lambda last, limit: range(max(last, after) + 1, min(after + number, max(last, after) + limit) + 1), "number"
    )


@task(Queue.DEFAULT)
def note_run(*, run_id: int) -> None:
    """The finishing task of ``write_many``."""
    with completing():
        _effect(f"run:{run_id}")


@task(Queue.DEFAULT, backoff_s=0.2, deadline_s=120)
def sleep(*, name: str, seconds: float) -> None:
    """Sleep, then write one row."""
    time.sleep(seconds)
    with completing():
        _effect(name)


@task(Queue.DEFAULT, backoff_s=0.2)
def wait_for(*, name: str, path: str) -> None:
    """Run until the test makes a file, then write one row."""
    while not Path(path).exists():
        time.sleep(_LOOK_S)
    with completing():
        _effect(name)


@task(Queue.DEFAULT)
def fire() -> None:
    """What the tests' timetable fires: write one row."""
    job = current()
    with completing():
        _effect(f"fired by job {job.claim.job_id if job else None}")


@task(Queue.DEFAULT, attempts=2, backoff_s=0.2, deadline_s=1.5)
def hang(*, name: str) -> None:
    """Never end."""
    while name:
        time.sleep(0.01)


@task(Queue.DEFAULT)
def poison() -> None:
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)


@task(Queue.DEFAULT, attempts=3, backoff_s=0.2)
def fail(*, how: str) -> None:
    """Fail in the way that is named."""
    raise {
        "unavailable": Unavailable("not now"),
        "later": Unavailable("later", retry_after=600),
        "rejected": Rejected("never"),
        "unsettled": Unsettled("who knows"),
        "parked": Parked("no slot in the lane", delay_s=600),
        "bug": ZeroDivisionError("a bug"),
        "exit": SystemExit(3),
    }[how]


@task(Queue.DEFAULT, attempts=2, backoff_s=0.2)
def tell_secrets() -> None:
    """Fail with a message that holds what the settings know, as a careless library's does."""
    config = settings.current()
    known = {"relay": config.smtp_url.get_secret_value(), "providers": [repr(one) for one in config.secrets()]}
    raise RuntimeError(f"careless: {known}")


_GO_WRONG = {"hang": lambda: hang(name="for ever"), "die": poison, "fail": lambda: fail(how="bug")}
