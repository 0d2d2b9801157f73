"""The jobs that this process holds: claimed in batches, renewed by its beat, given back when it ends.

What has begun is also written to the flight record, a small file that the supervisor reads when the process is dead.
"""

import mmap
import struct
import threading
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from db import connection
from db.ledger import recovery, transitions

_ENTRY = struct.Struct("=q")
_ENTRIES = 1024


class FlightRecord:
    """Which jobs have begun and not ended, in shared memory that outlives a killed process. 0 is an empty entry."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(b"\0" * _ENTRY.size * _ENTRIES)
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._free = list(range(_ENTRIES))

    @contextmanager
    def holding(self, job_id: int) -> Generator[None]:
        """Show the job as begun for the length of the block."""
        entry = self._free.pop()
        _ENTRY.pack_into(self._memory, entry * _ENTRY.size, job_id)
        try:
            yield
        finally:
            _ENTRY.pack_into(self._memory, entry * _ENTRY.size, 0)
            self._free.append(entry)

    @staticmethod
    def read(path: Path) -> list[int]:
        """Return the jobs that a dead process had begun."""
        return [job_id for (job_id,) in _ENTRY.iter_unpack(path.read_bytes()) if job_id]


@dataclass(slots=True)
class Begun:
    """A job that runs now. ``due`` is the monotonic time by which it must have ended."""

    claim: transitions.Claim
    due: float
    thread: str = field(default_factory=lambda: threading.current_thread().name)


class HeldClaims:
    """The claims of this process. Safe to use from its threads."""

    def __init__(self, *, claim_s: float, record: FlightRecord, worker_id: str, alone: bool = False) -> None:
        self.worker_id = worker_id
        self.alone = alone
        self._claim_s = claim_s
        self._record = record
        self._lock = threading.Lock()
        self._waiting: dict[int, transitions.Claim] = {}
        self._begun: dict[int, Begun] = {}
        self._abandoned: dict[int, transitions.Claim] = {}

    def claim(self, ids: Sequence[int], *, tasks: Sequence[str] | None = None) -> list[transitions.Claim]:
        """Claim what is due of ``ids`` in one transaction; where ``tasks`` are given, only jobs of those.

        Raises one of ``connection.Unreachable``.
        """
        token = uuid.uuid4().hex
        with connection.session(), connection.transaction():
            claims = transitions.claim(
                ids, tasks=tasks, token=token, worker_id=self.worker_id, claim_s=self._claim_s, alone=self.alone
            )
        with self._lock:
            self._waiting.update({one.job_id: one for one in claims})
        return claims

    def pick(self, job_id: int) -> transitions.Claim | None:
        """Return a held claim, which is to begin now; None if it is not held."""
        with self._lock:
            return self._waiting.pop(job_id, None)

    @contextmanager
    def running(self, claim: transitions.Claim, *, deadline_s: float) -> Generator[None]:
        """Show a job as begun, for renewal, the deadline and the flight record."""
        with self._lock:
            self._begun[claim.job_id] = Begun(claim, time.monotonic() + deadline_s)
        try:
            with self._record.holding(claim.job_id):
                yield
        finally:
            with self._lock:
                self._begun.pop(claim.job_id, None)

    def abandon(self, claim: transitions.Claim) -> None:
        """Remember a job whose end could not be written; the beat gives it back once the database answers."""
        with self._lock:
            self._abandoned[claim.job_id] = claim

    def renew(self) -> None:
        """Hold all claims for longer, and give back what was abandoned."""
        with self._lock:
            held = [*self._waiting.values(), *(one.claim for one in self._begun.values())]
            abandoned = list(self._abandoned.values())
        if held:
            with connection.transaction():
                ours = transitions.renew(held, claim_s=self._claim_s)
            with self._lock:  # what is no longer ours must not begin
                for one in held:
                    if one.job_id not in ours and self._waiting.get(one.job_id) is one:
                        del self._waiting[one.job_id]
        if abandoned:
            recovery.release(abandoned, begun=True)
            with self._lock:
                for one in abandoned:
                    self._abandoned.pop(one.job_id, None)

    def overdue(self) -> list[Begun]:
        """Return what runs past its deadline."""
        with self._lock:
            return [one for one in self._begun.values() if one.due < time.monotonic()]

    def give_back(self, claims: Sequence[transitions.Claim] | None = None) -> None:
        """Give back claims that have not begun; all of them unless named."""
        with self._lock:
            picked = list(self._waiting.values()) if claims is None else claims
            for one in picked:
                self._waiting.pop(one.job_id, None)
        if picked:
            with connection.session():
                recovery.release(picked, begun=False)

    def give_up(self) -> list[transitions.Claim]:
        """Give back what still runs, because the process is about to leave. Returns it."""
        with self._lock:
            running = [one.claim for one in self._begun.values()]
        if running:
            with connection.session():
                recovery.release(running, begun=True)
        return running
