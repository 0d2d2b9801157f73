"""PgQueuer's side: an async task on a pool of async connections, on uvloop."""

import asyncio
import os
import time
from contextlib import asynccontextmanager

import asyncpg
import uvloop
from pgqueuer import PgQueuer

from tests.benches.system import INSERT

CONCURRENCY = 8
_INSERT = INSERT.replace("%s", "$1", 1).replace("%s", "$2", 1)

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@asynccontextmanager
async def main():
    url = os.environ["BENCH_URL"]
    manager = PgQueuer.from_asyncpg_connection(await asyncpg.connect(url))
    async with asyncpg.create_pool(url, min_size=2, max_size=CONCURRENCY) as pool:

        @manager.entrypoint("write")
        async def write(job):
            started = time.time()
            await pool.execute(_INSERT, int(job.payload), started)

        yield manager
