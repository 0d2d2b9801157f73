"""Writes what was measured of scale: tables into docs/scale.md, two plots into docs/images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benches.lanes_report import STYLE, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benches.large import FanOut, FinishedCost, Idle, Large
    from tests.benches.measure import Throughput
    from tests.benches.scale import BacklogCost, BatchCost, Measured

_LEFT, _WIDTH, _STEP, _TOP = 130, 640, 26, 44


def write(docs: Path, measured: Measured) -> None:
    """Replace the measured part of scale.md, and the plots."""
    page = docs / "scale.md"
    written = replaced(page.read_text(encoding="utf-8"), "measured", text(measured))
    page.write_text(replaced(written, "means", _means(measured)), encoding="utf-8")
    batches = [(f"{one.size} in a batch", one.rate, f"{one.rate:,.0f}") for one in measured.batches]
    said = "Jobs a second of one thread, by the size of its batches"
    (docs / "images" / "batches.svg").write_text(_plot(said, batches), encoding="utf-8")
    looks = [(f"{one.waiting:,} waiting", one.look_ms, f"{one.look_ms:.2f} ms") for one in measured.backlogs]
    said = "CPU of one look for due work, by the jobs that are due tomorrow"
    (docs / "images" / "backlog.svg").write_text(_plot(said, looks), encoding="utf-8")


def text(measured: Measured) -> list[str]:
    """Return the measured part of scale.md."""
    once, share = fitted(measured.batches)
    disk = f"An fsync of 8 KiB took {measured.fsync_ms:.1f} ms at the end of the run."
    size = f"A finished job with its attempt and all indexes takes {measured.bytes_a_job:,.0f} bytes."
    model = f"{once:.2f} ms for each job and {share:.2f} ms for each transaction"
    return [
        f"{disk} {size}",
        "",
        "| jobs in a batch | CPU ms a job: worker | PostgreSQL | both | the model says | jobs/s of one thread |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_batch(one, once + share / one.size) for one in measured.batches),
        "",
        f"The model, fitted to the first and the last line: {model}.",
        "",
        "| the whole system, 2 processes | jobs/s | CPU ms a job | of it PostgreSQL | the model says |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(_whole(size, runs, once + share / size) for size, runs in measured.whole.items()),
        "",
        "| jobs due tomorrow | CPU of one look for due work, ms | of a claim of 50, ms |",
        "| ---: | ---: | ---: |",
        *(_backlog(one) for one in measured.backlogs),
        "",
        *_large(measured.large),
    ]


def _whole(most: int, runs: Sequence[Throughput], modelled: float) -> str:
    one = _middle(runs)
    name = "one by one" if most == 1 else f"in batches of up to {most}"
    return f"| {name} | {one.rate:,.0f} | {_cpu_ms(one):.2f} | {one.database_cpu_ms or 0.0:.2f} | {modelled:.2f} |"


def _middle(runs: Sequence[Throughput]) -> Throughput:
    return sorted(runs, key=_cpu_ms)[len(runs) // 2]


def _cpu_ms(one: Throughput) -> float:
    return one.own_cpu_ms + (one.database_cpu_ms or 0.0)


def _means(measured: Measured) -> list[str]:
    """Return what that says of so many jobs a day, half of which come within four hours."""
    singly, together = (_cpu_ms(_middle(measured.whole[size])) for size in (min(measured.whole), max(measured.whole)))
    lines = [
        "| jobs a day | a second, if half come within 4 hours | cores, one by one | in batches | kept for a week, GB |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for millions in (1, 10, 100):
        rate = millions * 1e6 / 2 / (4 * 3600)
        cores = f"{rate * singly / 1000:.2f} | {rate * together / 1000:.2f}"
        kept = millions * 1e6 * 7 * measured.bytes_a_job / 1e9
        lines.append(f"| {millions} million | {rate:,.0f} | {cores} | {kept:,.0f} |")
    size = f"{measured.bytes_a_job:,.0f} bytes a job times seven days"
    return [*lines, "", f"This is the whole system's CPU of a job times the rate, and {size}: computed, not measured."]


def _large(large: Large) -> list[str]:
    return [
        "| finished jobs | CPU of one look for due work, ms | of a claim of 50, ms | of an idle prune, ms |",
        "| ---: | ---: | ---: | ---: |",
        *(_finished(one) for one in large.finished),
        "",
        "| jobs of a fan-out | s | CPU ms a job: worker | PostgreSQL | peak of the process, MB |",
        "| ---: | ---: | ---: | ---: | ---: |",
        *(_fan_out(one) for one in large.fan_outs),
        "",
        "| schedules, none of them due | CPU of a tick, ms |",
        "| ---: | ---: |",
        *(f"| {number:,} | {ms:.1f} |" for number, ms in large.ticks_ms.items()),
        "",
        "| an idle system, jobs due tomorrow | % of a core: our processes | PostgreSQL | transactions a second |",
        "| ---: | ---: | ---: | ---: |",
        *(_idle(one) for one in large.idle),
    ]


def _finished(one: FinishedCost) -> str:
    return f"| {one.finished:,} | {one.look_ms:.2f} | {one.claim_ms:.1f} | {one.prune_ms:.2f} |"


def _fan_out(one: FanOut) -> str:
    return f"| {one.jobs:,} | {one.seconds:.1f} | {one.own_ms:.4f} | {one.database_ms:.4f} | {one.peak_mb:.0f} |"


def _idle(one: Idle) -> str:
    return f"| {one.waiting:,} | {one.own * 100:.1f} | {one.database * 100:.1f} | {one.transactions:.0f} |"


def fitted(batches: Sequence[BatchCost]) -> tuple[float, float]:
    """Return what each job and each transaction costs in CPU ms, by the smallest and the largest batches alone."""
    least, most = batches[0], batches[-1]
    share = (least.cpu_ms - most.cpu_ms) / (1 / least.size - 1 / most.size)
    return least.cpu_ms - share / least.size, share


def _batch(one: BatchCost, modelled: float) -> str:
    costs = " | ".join(f"{cost:.2f}" for cost in (one.own_ms, one.database_ms, one.cpu_ms, modelled))
    return f"| {one.size} | {costs} | {one.rate:,.0f} |"


def _backlog(one: BacklogCost) -> str:
    return f"| {one.waiting:,} | {one.look_ms:.2f} | {one.claim_ms:.1f} |"


def _plot(said: str, bars: Sequence[tuple[str, float, str]]) -> str:
    """Return horizontal bars, each with its name and its value. Its colours follow the reader's theme."""
    longest = (_WIDTH - _LEFT - 90) / max(value for _, value, _ in bars)
    height = _TOP + _STEP * len(bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{said}">',
        f"<style>{STYLE}</style>",
        f'<text x="8" y="18">{said}</text>',
        f'<line class="axis" x1="{_LEFT}" y1="{_TOP - 12}" x2="{_LEFT}" y2="{height - 8}"/>',
    ]
    for place, (name, value, shown) in enumerate(bars):
        y = _TOP - 12 + place * _STEP
        length = max(1.0, value * longest)
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end">{name}</text>',
            f'<rect class="bar" x="{_LEFT}" y="{y + 4}" width="{length:.1f}" height="16" rx="2"/>',
            f'<text class="small" x="{_LEFT + length + 6:.1f}" y="{y + 16}">{shown}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
