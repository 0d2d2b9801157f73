"""A Redis that may evict keys (F14) would drop announcements without a word: no process works with one."""

import pytest

from tests.faults.marks import on_sqlite
from tests.support.system import System

pytestmark = [
    pytest.mark.fault,
    on_sqlite,
    pytest.mark.parametrize("redis_server", [{"policy": "allkeys-lru"}], indirect=True, ids=["allkeys-lru"]),
]


@pytest.mark.parametrize("module", ["workers.pool", "workers.scheduler"])
def test_refuses_to_start_and_says_what_to_change(system: System, module: str) -> None:
    process = system.run(module)

    assert process.wait() != 0
    said = process.log.read_text()
    assert "maxmemory-policy allkeys-lru" in said
    assert "CONFIG SET maxmemory-policy noeviction" in said
