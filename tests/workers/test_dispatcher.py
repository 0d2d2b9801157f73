"""Recovery takes claims back only where whoever held them could have renewed them."""

import threading

import settings
from db import connection
from tests.faults.marks import on_mortal_postgres
from tests.support import ledger as do
from tests.support.eventually import eventually
from tests.support.proxy import BOTH, Proxy
from tests.support.servers import PostgresServer
from workers.dispatcher import Recovery

_SILENCE_S = 3.0
"""Longer than what counts as an absence."""


@on_mortal_postgres
def test_a_claim_that_ran_out_while_the_database_was_silent_is_left_for_as_long_as_a_claim_holds(
    database: str, postgres_server: PostgresServer
) -> None:
    name = database.partition("?")[0].rpartition("/")[2]
    with Proxy(postgres_server.folder / ".s.PGSQL.5432") as way, settings.override(claim_s=0.1):
        connection.connect(f"postgresql://postgres@127.0.0.1:{way.port}/{name}")
        with connection.session():
            recovery = Recovery()
            lost = run_out()
            assert eventually(recovery.tick) == [lost]

            held = run_out()
            way.hold(*BOTH)
            threading.Timer(_SILENCE_S, way.heal).start()
            assert recovery.tick() == [], "its worker may not have had an answer yet"
            assert eventually(recovery.tick) == [held]
        connection.database.obj.close_all()


def run_out() -> int:
    """Return a running job whose claim nobody has renewed."""
    job_id = do.running().job_id
    do.let_claim_run_out(job_id)
    return job_id
