"""The jobs that this process holds: claimed in batches, renewed by its beat, given back when it ends.

What has begun is also written to the flight record, a small file that the pool reads when the process is dead.
"""

import mmap
import struct
import threading
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db import connection
from db.ledger import recovery, transitions
from tasks.transport.batch_sizes import BatchSizes

_ENTRY = struct.Struct("=q")
_ENTRIES = 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """The jobs that a dead process had begun; ``overdue`` are those because of which it left."""

    begun: Sequence[int] = ()
    overdue: Sequence[int] = ()


class FlightRecord:
    """Which jobs have begun and not ended, in shared memory that outlives a killed process.

    0 is an empty entry, and what is overdue has its id below 0. A job has two entries where its claim was lost, and won
    again by another thread before the first one noticed.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(b"\0" * _ENTRY.size * _ENTRIES)
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._free = list(range(_ENTRIES))
        self._entries: list[tuple[int, int]] = []

    @contextmanager
    def holding(self, job_id: int) -> Generator[None]:
        """Show the job as begun for the length of the block."""
        entry = self._free.pop()
        self._entries.append((job_id, entry))
        self._write(entry, job_id)
        try:
            yield
        finally:
            self._entries.remove((job_id, entry))
            self._write(entry, 0)
            self._free.append(entry)

    def mark_overdue(self, job_id: int) -> None:
        """Show a job that still runs as one because of which the process leaves."""
        for held, entry in list(self._entries):
            if held == job_id:
                self._write(entry, -job_id)

    def _write(self, entry: int, value: int) -> None:
        _ENTRY.pack_into(self._memory, entry * _ENTRY.size, value)

    @staticmethod
    def read(path: Path) -> Recorded:
        """Return what a dead process had begun."""
        entries = [entry for (entry,) in _ENTRY.iter_unpack(path.read_bytes())]
        return Recorded([one for one in entries if one > 0], [-one for one in entries if one < 0])


@dataclass(slots=True, eq=False)
class Begun:
    """A job that runs now. ``due`` is the monotonic time by which it must have ended."""

    claim: transitions.Claim
    due: float


class HeldClaims:
    """The claims of this process. Safe to use from its threads."""

    def __init__(self, *, claim_s: float, record: FlightRecord, worker_id: str, alone: bool = False) -> None:
        self.worker_id = worker_id
        self.alone = alone
        self._claim_s = claim_s
        self._record = record
        self._lock = threading.Lock()
        self.sizes = BatchSizes()
        self._waiting: dict[int, transitions.Claim] = {}
        self._taken: dict[int, transitions.Claim] = {}
        self._begun: list[Begun] = []
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
    def taken(self, job_ids: Sequence[int]) -> Generator[list[transitions.Claim]]:
        """Give one thread those of the jobs' claims that are held; in the block it begins them one after the other."""
        with self._lock:
            held = [claim for claim in (self._waiting.pop(one, None) for one in job_ids) if claim]
            self._taken.update({one.job_id: one for one in held})
        try:
            yield held
        finally:
            with self._lock:
                for one in held:
                    _forget(self._taken, one)

    def is_taken(self, claim: transitions.Claim) -> bool:
        """Tell whether a claim that a thread has taken may still begin: a renewal may have found it lost."""
        with self._lock:
            return self._taken.get(claim.job_id) is claim

    @contextmanager
    def running(self, claim: transitions.Claim, *, deadline_s: float) -> Generator[None]:
        """Show a job as begun, for renewal, the deadline and the flight record."""
        begun = Begun(claim, time.monotonic() + deadline_s)
        with self._lock:
            self._begun.append(begun)
        try:
            with self._record.holding(claim.job_id):
                yield
        finally:
            with self._lock:
                self._begun.remove(begun)

    def abandon(self, claim: transitions.Claim) -> None:
        """Remember a job whose end could not be written; the beat gives it back once the database answers."""
        with self._lock:
            self._abandoned[claim.job_id] = claim

    def renew(self) -> None:
        """Hold all claims for longer, and give back what was abandoned."""
        with self._lock:
            kept = (*self._waiting.values(), *self._taken.values(), *(one.claim for one in self._begun))
            held = list({(one.job_id, one.token): one for one in kept}.values())
            abandoned = list(self._abandoned.values())
        if held:
            with connection.transaction():
                ours = transitions.renew(held, claim_s=self._claim_s)
            with self._lock:  # what is no longer ours must not begin
                for one in (one for one in held if one.job_id not in ours):
                    _forget(self._waiting, one)
                    _forget(self._taken, one)
        if abandoned:
            recovery.release(abandoned, begun=True)
            with self._lock:
                for one in abandoned:
                    _forget(self._abandoned, one)

    def overdue(self) -> list[Begun]:
        """Return what runs past its deadline."""
        with self._lock:
            return [one for one in self._begun if one.due < time.monotonic()]

    def mark_overdue(self, late: Sequence[Begun]) -> None:
        """Note the jobs because of which this process leaves; the pool ends them once the process is gone."""
        for one in late:
            self._record.mark_overdue(one.claim.job_id)

    def give_back(self, claims: Sequence[transitions.Claim] | None = None) -> None:
        """Give back claims whose jobs have not begun: the named ones, or with None all."""
        with self._lock:
            picked = list(self._waiting.values()) if claims is None else claims
            for one in picked:
                self._waiting.pop(one.job_id, None)
        if picked:
            with connection.session():
                recovery.release(picked, begun=False)

    def give_up(self) -> list[transitions.Claim]:
        """Give back what still runs, except overdue jobs, because the process is about to leave. Returns the claims."""
        now = time.monotonic()
        with self._lock:
            running = [one.claim for one in self._begun if one.due >= now]
        if running:
            with connection.session():
                recovery.release(running, begun=True)
        return running


def _forget(kept: dict[int, transitions.Claim], claim: transitions.Claim) -> None:
    """Drop this claim, and no newer one of the same job."""
    if kept.get(claim.job_id) is claim:
        del kept[claim.job_id]
