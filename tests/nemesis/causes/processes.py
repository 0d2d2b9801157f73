"""Processes that are killed, frozen, told to leave or held down; jobs that harm theirs (F1 to F9, F26, F27, F46)."""

import os
import random
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.nemesis.installation import MODULES, POOLS, SCHEDULERS, Installation
from tests.support import tasks

_POINTS = (
    "claim.after", "work.before", "ack.before", "completing.begun", "completing.before_commit",
    "completing.after_commit", "fan_out.after_chunk", "mail.before_data", "mail.after_data", "invoices.issued",
    "invoices.stored", "webhooks.booked", "payments.asking", "payments.charged", "batch.between",
    "batch.before_commit", "batch.committed", "alerts.routed", "alerts.told",
)  # fmt: skip
_MANY = 1000
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _workers(target: Installation) -> list[int]:
    """Return the worker processes that run: the children of the pools."""
    pids = {target.roles[role].pid for role in POOLS}
    return sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent(path) in pids)


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


@contextmanager
def worker_killed(target: Installation, dice: random.Random) -> Iterator[None]:
    if found := _workers(target):
        _signal(dice.choice(found), signal.SIGKILL)
    yield


@contextmanager
def worker_frozen(target: Installation, dice: random.Random) -> Iterator[None]:
    """Stop one for as long as the fault lasts, which may be longer than its claims hold."""
    frozen = dice.choice(found) if (found := _workers(target)) else None
    if frozen:
        _signal(frozen, signal.SIGSTOP)
    yield
    if frozen:
        _signal(frozen, signal.SIGCONT)


def killed(*roles: str):
    """Return the fault that kills the process of one of these roles."""

    @contextmanager
    def cause(target: Installation, dice: random.Random) -> Iterator[None]:
        target.roles[dice.choice(roles)].signal(signal.SIGKILL)
        yield

    return cause


def frozen(*roles: str):
    """Return the fault that freezes the process of one of these roles."""

    @contextmanager
    def cause(target: Installation, dice: random.Random) -> Iterator[None]:
        process = target.roles[dice.choice(roles)]
        process.signal(signal.SIGSTOP)
        yield
        process.signal(signal.SIGCONT)

    return cause


@contextmanager
def told_to_leave(target: Installation, dice: random.Random) -> Iterator[None]:
    """Send a pool one of the signals that end it, perhaps twice."""
    process = target.roles[dice.choice(POOLS)]
    number = dice.choice(_SIGNALS)
    process.signal(number)
    if dice.random() < 0.5:
        process.signal(number)
    yield


@contextmanager
def no_scheduler(target: Installation, _dice: random.Random) -> Iterator[None]:
    target.held_down |= set(SCHEDULERS)
    for role in SCHEDULERS:
        target.roles[role].signal(signal.SIGKILL)
    yield
    target.held_down -= set(SCHEDULERS)


@contextmanager
def all_killed(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Kill every process of ours, Redis, and PostgreSQL in the way of a crash."""
    target.held_down = set(MODULES)
    workers = _workers(target)
    for process in target.roles.values():
        process.signal(signal.SIGKILL)
    for pid in workers:
        _signal(pid, signal.SIGKILL)
    if target.redis.process:
        target.redis.kill()
    if target.postgres.process:
        target.postgres.stop(immediate=True)
    yield
    if not target.postgres.process:
        target.postgres.start()
    if not target.redis.process:
        target.redis.start()
    target.held_down = set()


@contextmanager
def dies_at_a_failpoint(target: Installation, dice: random.Random) -> Iterator[None]:
    """Run one more pool, in which the first worker to get to a certain point dies there."""
    point = dice.choice(_POINTS)
    once = target.folder / f"died-{point}-{dice.random()}"
    with target.another_pool(NOLAPSE_FAILPOINTS=f"{point}=kill@{once}"):
        yield


@contextmanager
def poison(_target: Installation, _dice: random.Random) -> Iterator[None]:
    tasks.poison.enqueue()
    yield


@contextmanager
def hang(_target: Installation, dice: random.Random) -> Iterator[None]:
    tasks.hang.enqueue(name=f"{dice.random()}")
    yield


@contextmanager
def bugs(_target: Installation, _dice: random.Random) -> Iterator[None]:
    """Enqueue jobs that fail in each way there is."""
    for how in ("unavailable", "rejected", "unsettled", "bug", "exit"):
        tasks.fail.enqueue(how=how)
    yield


@contextmanager
def no_files(target: Installation, dice: random.Random) -> Iterator[None]:
    """Let a worker open no more files than it has open."""
    if not (found := _workers(target)):
        yield
        return
    pid = dice.choice(found)
    try:
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(list(Path(f"/proc/{pid}/fd").iterdir())), before[1]))
    except (ProcessLookupError, FileNotFoundError):
        yield
        return
    yield
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


@contextmanager
def knows_no_new_tasks(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Run one more pool, of a release that does not know the tests' tasks."""
    with target.another_pool(NOLAPSE_TASK_MODULES=""):
        yield


@contextmanager
def overload(_target: Installation, dice: random.Random) -> Iterator[None]:
    tasks.write_many.enqueue(number=_MANY, after=dice.randrange(10**6, 10**9, _MANY))
    yield
