"""Procrastinate's side: an async task on a pool of async connections, as its documentation has it."""

import os
import time

import procrastinate
from psycopg_pool import AsyncConnectionPool

from tests.benches.system import INSERT

CONCURRENCY = 8
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=os.environ.get("BENCH_URL", "")))
_pool = None


async def _connections():
    global _pool
    if _pool is None:
        _pool = AsyncConnectionPool(os.environ["BENCH_URL"], min_size=2, max_size=CONCURRENCY, open=False)
        await _pool.open()
    return _pool


@app.task(name="write")
async def write(number):
    started = time.time()
    async with (await _connections()).connection() as connection:
        await connection.execute(INSERT, (number, started))
