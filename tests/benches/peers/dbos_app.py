"""DBOS' side: a durable workflow of one step, on a queue; its steps share eight connections."""

import os
import queue
import threading
import time

import psycopg2
from dbos import DBOS, DBOSConfig

from tests.benches.system import INSERT

POLLING_S = 0.1
AT_ONCE = 100
CONNECTIONS = 8
_idle = queue.SimpleQueue()


def launch(url):
    DBOS(
        config=DBOSConfig(
            name="bench", system_database_url=url, application_version="1", log_level="WARNING", enable_otlp=False
        )
    )
    DBOS.launch()
    DBOS.register_queue("write", worker_concurrency=AT_ONCE, polling_interval_sec=POLLING_S)


@DBOS.step()
def _write(number):
    started = time.time()
    connection = _idle.get()
    with connection, connection.cursor() as cursor:
        cursor.execute(INSERT, (number, started))
    _idle.put(connection)


@DBOS.workflow(name="write")
def write(number):
    _write(number)


if __name__ == "__main__":
    for _ in range(CONNECTIONS):
        _idle.put(psycopg2.connect(os.environ["BENCH_URL"]))
    launch(os.environ["BENCH_URL"])
    threading.Event().wait()
