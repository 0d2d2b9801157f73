"""How many cores a process may use: no more than its container lets it, and no more than the system has for it."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

import settings
from settings import cores


@pytest.mark.parametrize(
    ("limit", "most"), [("150000 100000\n", 1), ("50000 100000\n", 1), ("max 100000\n", 999), ("", 999)]
)
def test_a_container_s_limit_counts_in_whole_cores(tmp_path: Path, limit: str, most: int) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(limit)
    assert cores.usable(file) == min(most, len(os.sched_getaffinity(0)))


def test_a_process_that_is_bound_to_a_core_has_one() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert cores.usable() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_a_pool_has_a_second_process_where_it_has_a_core_for_it_and_more_than_one_writer() -> None:
    most = min(2, cores.usable())
    for url, given, size in (("sqlite:///x", None, 1), ("postgresql://x", None, most), ("sqlite:///x", 3, 3)):
        with settings.override(database_url_given=SecretStr(url), worker_processes=given):
            assert settings.current().pool_size == size
