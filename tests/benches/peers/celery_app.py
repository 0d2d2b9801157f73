"""Celery's side: the app that its workers run. A connection for each process, opened after the fork."""

import os
import time

import psycopg2
from celery import Celery
from celery.signals import worker_process_init

from tests.benches.system import INSERT

app = Celery("bench", broker=os.environ.get("BENCH_BROKER", "redis://"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=os.environ.get("BENCH_ACKS_LATE") == "1",
    worker_prefetch_multiplier=int(os.environ.get("BENCH_PREFETCH", "64")),
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
_connection = None


@worker_process_init.connect
def _connect(**_):
    global _connection
    _connection = psycopg2.connect(os.environ["BENCH_URL"])


@app.task(name="write")
def write(number):
    started = time.time()
    with _connection, _connection.cursor() as cursor:
        cursor.execute(INSERT, (number, started))
