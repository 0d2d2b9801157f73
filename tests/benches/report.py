"""Prints what was measured: the machine, the versions, the settings, a table with ratios, and the targets."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benches.measure import Seen, Throughput
from tests.benches.system import System

_PACKAGES = (
    "dramatiq",
    "peewee",
    "psycopg2-binary",
    "redis",
    "celery",
    "kombu",
    "procrastinate",
    "psycopg",
    "pgqueuer",
    "asyncpg",
    "dbos",
)


_WANTED = {"Nolapse": 4.0, "Celery, 2": 5.0, "Celery, 16": 3.5, "PgQueuer": 1.3, "Procrastinate": 2.0}
"""How many times a peer's rate ours is to be, by the beginning of its name."""


def header(systems: Sequence[System], servers: Mapping[str, str], asked: Mapping[str, object]) -> None:
    """Print what is compared, where, and how."""
    out = Console(soft_wrap=True, highlight=False)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    out.print(f"machine    {_processor()}, {os.cpu_count()} cores, {platform.platform()}, load {load}")
    out.print(
        f"versions   Python {platform.python_version()}, " + ", ".join(f"{one} {version(one)}" for one in _PACKAGES)
    )
    out.print("servers    " + ", ".join(f"{name} {value}" for name, value in servers.items()))
    out.print("asked      " + ", ".join(f"{name} {value}" for name, value in asked.items()))
    for system in systems:
        out.print(f"{system.name}: {system.settings}")


def progress(number: int, name: str, run: Throughput) -> None:
    """Print one round's rate with the machine's load, by which a disturbed round is known."""
    database = "" if run.database_cpu_ms is None else f" + {run.database_cpu_ms:.2f} in PostgreSQL"
    Console(highlight=False, soft_wrap=True).print(
        f"round {number}: {name}: {run.rate:,.0f} jobs/s, CPU {run.own_cpu_ms:.2f}{database} ms a job,"
        f" {run.commits:.2f} commits a job (load {os.getloadavg()[0]:.1f})"
    )


def table(seen: Mapping[str, Seen]) -> None:
    """Print a row for each system; ratios are of medians, to the first system."""
    shown = Table(
        "system",
        "jobs/s (least-most)",
        "ours is",
        "CPU ms a job: own",
        "PostgreSQL",
        "commits a job",
        "after kill -9: again, missing",
        "start ms: median",
        "p95",
        "with future: median",
        "p95",
        "fan-out s: alone",
        "at work",
        "peak MB",
    )
    first = next(iter(seen.values()))
    for name, one in seen.items():
        shown.add_row(
            name,
            f"{statistics.median(one.rates):,.0f} ({min(one.rates):,.0f}-{max(one.rates):,.0f})" if one.rates else "-",
            f"{statistics.median(first.rates) / statistics.median(one.rates):.2f} x"
            if one.rates and first.rates
            else "-",
            _median([run.own_cpu_ms for run in one.runs]),
            _median([run.database_cpu_ms for run in one.runs if run.database_cpu_ms is not None]),
            _median([run.commits for run in one.runs]),
            f"{one.killed.again}, {one.killed.missing} ({one.killed.waited_s:.0f} s)" if one.killed else "-",
            *_waits(one.waits),
            *_waits(one.waits_with_future),
            f"{statistics.median(one.fan_outs_alone):.1f}" if one.fan_outs_alone else "-",
            f"{statistics.median(one.fan_outs):.1f}" if one.fan_outs else "-",
            ", ".join(f"{role} {peak:.0f}" for role, peak in one.peaks_mb.items()) or "-",
        )
    Console(width=200).print(shown)


def targets(seen: Mapping[str, Seen]) -> None:
    """Print each target of the first system with what was measured."""
    (_, ours), *peers = seen.items()
    lines = []
    for name, peer in peers:
        if ours.rates and peer.rates:
            wanted = next((ratio for start, ratio in _WANTED.items() if name.startswith(start)), 1.0)
            lines.append((f"{name}: ours / theirs", _ratio(ours, peer), ">=", wanted))
    if ours.killed:
        lines.append(("effects that a kill had done again", float(ours.killed.again), "<", 1.0))
        lines.append(("effects that a kill had lost", float(ours.killed.missing), "<", 1.0))
    if ours.waits:
        lines.append(("median start, ms", statistics.median(ours.waits), "<", 10.0))
    if ours.fan_outs:
        lines.append(("fan-out alone, s", statistics.median(ours.fan_outs_alone), "<", 10.0))
        lines.append(("fan-out while the workers work on it, s", statistics.median(ours.fan_outs), "<", 10.0))
        lines += [(f"peak of the {role}, MB", peak, "<", 200.0) for role, peak in ours.peaks_mb.items()]
    for name, value, sign, wanted in lines:
        met = value >= wanted if sign == ">=" else value < wanted
        Console(highlight=False).print(
            f"{'met   ' if met else 'MISSED'}  {name}: {value:.2f} (wanted {sign} {wanted:g})"
        )


def _ratio(one: Seen, other: Seen) -> float:
    return statistics.median(one.rates) / statistics.median(other.rates)


def _median(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f}" if values else "-"


def _waits(waits: Sequence[float]) -> tuple[str, str]:
    if len(waits) < 2:
        return "-", "-"
    return f"{statistics.median(waits):.1f}", f"{statistics.quantiles(waits, n=20)[-1]:.1f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
