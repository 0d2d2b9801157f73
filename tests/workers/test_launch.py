"""Processes import what they run with the collector of garbage sent away, and call it back."""

import gc
from collections.abc import Iterator

import pytest

from workers import launch


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_garbage_is_collected_again_once_all_is_loaded_and_what_was_loaded_is_passed_over() -> None:
    assert launch.load("workers.exit_codes").EXIT_BROKEN
    assert not gc.isenabled()
    launch.freeze_loaded()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
