"""The table of a run."""

from collections import Counter
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.nemesis.chaos import Outcome
from tests.nemesis.faults import Fault

_WIDTH = 130


def show(outcome: Outcome, faults: dict[str, Fault], *, seed: int, minutes: float) -> None:
    """Print what came of a run."""
    screen = Console(width=_WIDTH)
    screen.print(f"seed {seed}, {minutes:g} minutes: {outcome.rounds} rounds, {outcome.times.total()} faults of")
    screen.print(f"{len(outcome.times)} kinds; processes were started {outcome.starts} times")
    screen.print(_faults(outcome, faults))
    screen.print(_work(outcome))
    screen.print(f"jobs: {_counts(outcome.jobs)}; answers of the web process: {_counts(outcome.answers)} (0: none)")
    screen.print(f"objects in the bucket: {outcome.stored}")
    for what, times in outcome.bugs.most_common():
        screen.print(f"logged with a traceback {times} times: {what}", markup=False)
    for one in outcome.broken:
        screen.print(f"BROKEN: {one}", markup=False)
    screen.print("every promise held" if not outcome.broken else f"{len(outcome.broken)} promises broke")


def _faults(outcome: Outcome, faults: dict[str, Fault]) -> Table:
    table = Table("fault", "rows", "times", "recovered: median s", "longest s")
    for kind in sorted(outcome.times, key=list(faults).index):
        took = outcome.recoveries[kind]
        table.add_row(kind, faults[kind].rows, f"{outcome.times[kind]}", f"{median(took):.1f}", f"{max(took):.1f}")
    return table


def _work(outcome: Outcome) -> Table:
    table = Table("work", "accepted", "done", "failed", "unknown", "lost", "doubled")
    for line in outcome.lines:
        counts = (line.accepted, line.done, line.failed, line.unknown, len(line.lost), len(line.doubled))
        table.add_row(line.name, *(f"{one}" for one in counts))
    return table


def _counts(counted: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name}: {number}" for name, number in sorted(counted.items(), key=str))
