"""Nolapse's jobs for the benchmarks: one local write each, in the transaction that ends the job."""

import time

from db import connection
from tasks.engine.context import completing
from tasks.engine.task import Queue, task
from tests.benches.system import INSERT


@task(Queue.DEFAULT)
def write(*, number: int) -> None:
    """Write one row, exactly once."""
    started = time.time()
    with completing():
        connection.execute(INSERT, number, started)


@task(Queue.DEFAULT, in_batches=True)
def write_in_batch(*, number: int) -> None:
    """Do as ``write``, in one transaction with others."""
    write(number=number)


@task(Queue.DEFAULT, unique=("number",))
def write_unique(*, number: int) -> None:
    """Do as ``write``, as a job whose work has a key."""
    write(number=number)


@task(Queue.DEFAULT, fans_out=True)
def write_many(*, number: int) -> None:
    """Fan out to that many writes."""
    write_unique.fan_out(lambda last, limit: range(last + 1, min(number, last + limit) + 1), "number")
