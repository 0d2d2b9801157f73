"""Deadlines that another thread keeps: what is late is cut off, what ended in time is left alone."""

import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from integrations.cut_off import cut_off_at
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from tests.support.eventually import WITHIN_S


def cut_off(after_s: float = 0.01, act: Callable[[], None] | None = None) -> bool:
    """Wait in a block for its end from outside; tell whether it came."""
    late = Event()
    with cut_off_at(Deadline.after(after_s), act or late.set):
        return late.wait(WITHIN_S)


def test_a_block_that_is_late_is_cut_off_also_where_an_earlier_one_lasts_longer() -> None:
    with cut_off_at(Deadline.after(WITHIN_S), lambda: None):
        assert cut_off()


def test_a_block_that_has_ended_is_left_alone() -> None:
    late = Event()
    with cut_off_at(Deadline.after(0.01), late.set):
        pass
    assert cut_off(0.05)
    assert not late.is_set()


def test_many_blocks_cost_one_thread() -> None:
    before = threading.active_count()
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda _: cut_off(), range(64)))
    assert threading.active_count() <= before + 1


def test_one_that_cannot_be_cut_off_does_not_hold_up_the_others() -> None:
    def fail() -> None:
        raise RuntimeError("it is gone")

    with cut_off_at(Deadline.after(0.01), fail):
        assert cut_off(0.05)


def test_a_deadline_that_is_over_begins_nothing() -> None:
    begun = False
    with pytest.raises(Unavailable), cut_off_at(Deadline.after(-1), lambda: None):
        begun = True
    assert not begun


@pytest.mark.filterwarnings("ignore:This process")  # that a process with threads is forked is what is tried
def test_a_fork_keeps_its_own_deadlines() -> None:
    assert cut_off()
    child = multiprocessing.get_context("fork").Process(target=lambda: sys.exit(not cut_off()))
    child.start()
    child.join(WITHIN_S)
    assert child.exitcode == 0
