"""Ends from outside what takes too long; the process's one watch calls what is to be done at each deadline."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from integrations.deadline import Deadline
from settings import deadline_watch


@contextmanager
def cut_off_at(deadline: Deadline, act: Callable[[], None]) -> Generator[None]:
    """Call ``act``, which must not wait, at the deadline, unless the block has ended; after it, ``act`` does not run.

    Raises ``Unavailable`` where nothing is left of the deadline.
    """
    deadline.left()
    call = deadline_watch.begins(deadline.at, act)
    try:
        yield
    finally:
        deadline_watch.ends(call)
