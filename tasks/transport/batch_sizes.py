"""How many jobs of a task one thread takes at once."""

import threading

MOST = 50
_LONGEST_S = 0.25


class BatchSizes:
    """A size for each task, which follows what becomes of its batches. Safe to use from threads.

    It doubles after each full batch that was over soon, and halves after one that took long: a batch holds its rows,
    and on SQLite the one writer. After a batch that was undone it is 1 again, so that jobs that fail often are seldom
    run twice.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}

    def of(self, task: str) -> int:
        """Return how many of its jobs a thread is to take at once."""
        return self._sizes.get(task, 1)

    def took(self, task: str, *, jobs: int, seconds: float) -> None:
        """Learn how long a batch of ``jobs`` took."""
        with self._lock:
            if seconds > _LONGEST_S:
                self._sizes[task] = max(1, jobs // 2)
            elif jobs >= self.of(task) and seconds * 2 <= _LONGEST_S:
                self._sizes[task] = min(MOST, jobs * 2)

    def undone(self, task: str) -> None:
        """Learn of a batch that was rolled back."""
        with self._lock:
            self._sizes[task] = 1
