"""Huey's side: its queue and its jobs' effects in files of SQLite, each commit brought to the disk."""

import os
import sqlite3
import threading
import time

from huey import SqliteHuey

from tests.benches.sqlite_jobs import INSERT

huey = SqliteHuey(filename=os.environ["BENCH_QUEUE"], fsync=True, results=False)
_held = threading.local()


@huey.task()
def write(number):
    started = time.time()
    if not hasattr(_held, "effects"):
        _held.effects = sqlite3.connect(os.environ["BENCH_EFFECTS"], timeout=30)
        _held.effects.execute("PRAGMA synchronous = FULL")
    with _held.effects:
        _held.effects.execute(INSERT, (number, started))
