"""Writes what the simulation of the lanes has found: a table into docs/lanes.md, a plot into docs/images/lanes.svg."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rules.jobs.pacing import about
from rules.rate_limits.lanes import KNOWN, Lane

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.benches.lanes import Passage, Planned

_ROWS = 25
_BARS = 16


def write(docs: Path, planned: Planned, passed: Mapping[str, Passage], load: Mapping[str, float]) -> None:
    """Replace the table of limits and the simulated part of lanes.md, and the plot."""
    slowest = sorted(passed.values(), key=lambda one: (-one.ended, one.lane.name))
    page = docs / "lanes.md"
    text = replaced(page.read_text(encoding="utf-8"), "limits", _limits())
    page.write_text(replaced(text, "simulated", _text(planned, slowest, load)), encoding="utf-8")
    (docs / "images" / "lanes.svg").write_text(_plot(slowest[:_BARS], load), encoding="utf-8")


def replaced(page: str, part: str, lines: Sequence[str]) -> str:
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return "\n".join([f"{before}{begin}", *lines, f"{end}{after}"])


def _limits() -> list[str]:
    """Return the table of lanes, those with a published limit first."""
    hosts: dict[Lane, list[str]] = {}
    for host, lane in KNOWN.items():
        hosts.setdefault(lane, []).append(host)
    rows = sorted(hosts.items(), key=lambda one: ("our own restraint" in one[0].source, one[0].name))
    return [
        "| server | one in | burst | source |",
        "| --- | ---: | ---: | --- |",
        *(f"| {', '.join(hosts)} | {lane.period_s:.3g} s | {lane.burst} | {lane.source} |" for lane, hosts in rows),
        "| any other | 2 s | 2 | our own restraint |",
    ]


def _text(planned: Planned, slowest: Sequence[Passage], load: Mapping[str, float]) -> list[str]:
    jobs = sum(one.jobs for one in slowest)
    parked = sum(one.parked for one in slowest)
    over = sum(not one.kept for one in slowest)
    full = [one.lane.name for one in slowest if load[one.lane.name] > 1]
    rest = slowest[_ROWS:]
    summary = (
        f"{jobs:,} look-ups over {len(slowest)} lanes. Planning took {planned.seconds:.0f} s. The process had needed"
        f" {planned.early_mb:.0f} MB at its peak after a run over 100,000 domains, and {planned.peak_mb:.0f} MB after"
        " this one."
        f" Lanes over their limit in any second, minute, hour or day: {over}. {parked:,} jobs"
        f" ({parked / jobs:.2%}) came in vain once. The run says: {planned.plan.words()}."
    )
    others = (
        f"| {len(rest)} others | {sum(one.jobs for one in rest):,} | |"
        f" | {about(max(one.ended for one in rest))} at most"
        f" | | | {max(load[one.lane.name] for one in rest):.0%} at most |"
    )
    return [
        summary,
        "",
        f"Lanes that would carry more than they can, day after day: {', '.join(full) or 'none'}.",
        "",
        "| server | look-ups | one in | planned | ended | most in a minute, of | most in a day, of | load |",
        "| --- | ---: | ---: | --- | --- | ---: | ---: | ---: |",
        *(_row(one, load[one.lane.name]) for one in slowest[:_ROWS]),
        others,
    ]


def _row(one: Passage, load: float) -> str:
    lane = one.lane
    planned_s = one.jobs * lane.period_s / 0.9
    return (
        f"| {lane.name} | {one.jobs:,} | {lane.period_s:.3g} s | {about(planned_s)} | {about(one.ended)}"
        f" | {one.most[60]:,}, {_allowed(one, 60):,} | {one.most[86400]:,}, {_allowed(one, 86400):,} | {load:.0%} |"
    )


def _allowed(one: Passage, window: int) -> int:
    return one.lane.burst + int(window / one.lane.period_s + 1e-9)


STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.axis{stroke:#8c959f;stroke-width:1}.bar{fill:#3b6ea5}"
    ".small{font-size:11px;fill:#59636e}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{stroke:#6e7681}.bar{fill:#6aa5e3}.small{fill:#9198a1}}"
)
_LEFT, _WIDTH, _STEP, _TOP = 230, 720, 24, 44


def _plot(slowest: Sequence[Passage], load: Mapping[str, float]) -> str:
    """Return horizontal bars of hours, with the lane's load beside each. Its colours follow the reader's theme."""
    hours = [one.ended / 3600 for one in slowest]
    scale = (_WIDTH - _LEFT - 150) / max(hours)
    height = _TOP + _STEP * len(slowest) + 12
    said = "Hours that the slowest lanes take for one look at each of a million domains"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{said}">',
        f"<style>{STYLE}</style>",
        '<text x="8" y="18">Hours for one look at every domain of a million, by lane</text>',
        f'<text class="small" x="{_LEFT}" y="36">hours; in brackets the load of a daily to weekly schedule</text>',
        f'<line class="axis" x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{height - 8}"/>',
    ]
    for place, (one, number) in enumerate(zip(slowest, hours, strict=True)):
        y = _TOP + place * _STEP
        length = max(1.0, number * scale)
        label = f"{number:.1f} ({load[one.lane.name]:.0%})"
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(one.lane.name)}</text>',
            f'<rect class="bar" x="{_LEFT}" y="{y + 4}" width="{length:.1f}" height="16" rx="2"/>',
            f'<text class="small" x="{_LEFT + length + 6:.1f}" y="{y + 16}">{label}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
