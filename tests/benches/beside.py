"""Jobs beside Celery, PgQueuer, Procrastinate and DBOS: ``python -m tests.benches jobs [--rounds 1] [--only ...]``.

A round runs every system once, each in a fresh database, in an order that rotates, so that a neighbour's load falls
on all; the load is printed with each result. The two large measurements are made of the peers in the first round
alone. Writes nothing but temporary files, and ends all that it started. It needs requirements-bench.lock in an
environment of its own: Celery pins a python-dateutil that is older than ours.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from tests.benches import measure, report
from tests.benches.measure import Seen
from tests.benches.ours import Nolapse
from tests.benches.peers.celery_system import Celery
from tests.benches.peers.dbos_system import Dbos
from tests.benches.peers.pgqueuer_system import PgQueuer
from tests.benches.peers.procrastinate_system import Procrastinate
from tests.benches.servers import Servers, servers
from tests.benches.system import System


def _systems(given: Servers, only: str) -> list[System]:
    systems: list[System] = [
        Nolapse(given, in_batches=True),
        Nolapse(given, in_batches=False),
        Celery(given, acks_late=False),
        Celery(given, acks_late=True),
        Celery(given, acks_late=True, processes=16),
        PgQueuer(given),
        Procrastinate(given),
        Dbos(given),
    ]
    chosen = only.split(",") if only else []
    return [one for one in systems if not chosen or any(one.slug.startswith(name) for name in chosen)]


def _round(system: System, seen: Seen, asked: argparse.Namespace, *, large: bool) -> None:
    each = max(2, asked.singles // asked.rounds)
    with system:
        seen.runs.append(measure.throughput(system, asked.jobs))
        seen.waits += measure.waits(system, each)
        if asked.kill and large:
            seen.killed = measure.killed(system, asked.kill)
        if asked.future and large:
            seen.waits_with_future += measure.waits_with_future(system, asked.future, each)
    if asked.fan_out and large:
        with system:
            seen.fan_outs_alone.append(measure.fan_out_alone(system, asked.fan_out))
        with system:
            seconds, peaks = measure.fan_out(system, asked.fan_out)
        seen.fan_outs.append(seconds)
        for role, peak in peaks.items():
            seen.peaks_mb[role] = max(peak, seen.peaks_mb.get(role, 0.0))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benches jobs")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "5")))  # noqa: TID251
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--singles", type=int, default=200, help="single jobs in sequence, over all rounds")
    parser.add_argument("--kill", type=int, default=3_000, help="jobs in whose middle all workers die; 0: none")
    parser.add_argument("--future", type=int, default=100_000, help="jobs due in a day; 0 leaves this out")
    parser.add_argument("--fan-out", type=int, default=100_000, help="0 leaves this out")
    parser.add_argument("--only", default="", help="systems by their first letters: nolapse,celery_late,pgqueuer")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _asked(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as an exception it ends what was started, too
    with servers(os.environ.get("BENCH_DATABASE_URL")) as given:  # noqa: TID251
        systems = _systems(given, asked.only)
        report.header(systems, given.settings(), vars(asked))
        seen = {one.name: Seen() for one in systems}
        for number in range(asked.rounds):
            turn = number % len(systems)
            for system in systems[turn:] + systems[:turn]:
                _round(system, seen[system.name], asked, large=system is systems[0] or number == 0)
                report.progress(number + 1, system.name, seen[system.name].runs[-1])
        report.table(seen)
        report.targets(seen)
