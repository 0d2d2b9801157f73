"""What came of the run, as the tables of docs/witnesses.md."""

import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rules.certificates.faults import FaultKind
from tests.witnesses import packages
from tests.witnesses.beside import Row
from tests.witnesses.explanations import OPENSSL, SSLYZE
from tests.witnesses.real import Passage
from tests.witnesses.witness import Said

PAGE = Path("docs/witnesses.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LONGEST = 60


def page(rows: Sequence[Row], passages: Sequence[Passage], seconds: float) -> str:
    """Return the measured part of the page."""
    return "\n".join([*_summary(rows, passages, seconds), "", *_of_rows(rows), "", *_of_passages(passages)])


def write(text: str) -> None:
    """Replace the measured part of the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}")


def failures(rows: Iterable[Row], passages: Iterable[Passage]) -> list[str]:
    """Return a line for everything that should not be."""
    return [
        *(f"{row.configuration.name}: we found {_found(row)}" for row in rows if not row.is_true),
        *(f"{row.configuration.name}: {who} differs, unexplained" for row in rows for who in row.unexplained),
        *(
            f"{one.server}, {one.protocol}: {one.trouble or 'not all saw the same'}"
            for one in passages
            if not one.agreed
        ),
    ]


def _summary(rows: Sequence[Row], passages: Sequence[Passage], seconds: float) -> list[str]:
    faulty = sum(bool(row.configuration.faults) for row in rows)
    true = sum(row.is_true for row in rows)
    differing = {who: sum(who in row.differences for row in rows) for who in (OPENSSL, SSLYZE)}
    unexplained = sum(len(row.unexplained) for row in rows)
    agreed = sum(one.agreed for one in passages)
    served = f"{len(rows)} servers of the sandbox, {faulty} faulty and {len(rows) - faulty} sound"
    others = f"OpenSSL differs on {differing[OPENSSL]} of them and sslyze on {differing[SSLYZE]}"
    return [
        f"Run on {datetime.now(UTC):%Y-%m-%d} in {seconds:.0f} s: {_versions()}.",
        "",
        f"- {served}: Nolapse found exactly what is wrong with {true} of them.",
        f"- {others}; {unexplained} differences are unexplained.",
        f"- {len(passages)} ports of real servers: on {agreed} of them all saw the certificate that was issued.",
    ]


def _versions() -> str:
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.split("(")[0]
    shown = [str(packages.sslyze()), "-c", "from importlib.metadata import version; print(version('sslyze'))"]
    sslyze = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    own = version("cryptography")
    return f"{openssl.strip()}, sslyze {sslyze.strip()}, Python {platform.python_version()}, cryptography {own}"


def _of_rows(rows: Iterable[Row]) -> list[str]:
    return [
        "| server | Nolapse | openssl s_client | sslyze | why they differ |",
        "| --- | --- | --- | --- | --- |",
        *(_line(row) for row in rows),
    ]


def _line(row: Row) -> str:
    each = row.configuration
    why = " ".join(words or f"**{who}: unexplained**" for who, words in row.differences.items())
    told = _found(row) if row.is_true else f"**{_found(row)}**, not {_told(each.faults, each.notes)}"
    return f"| {each.name} | {told} | {_words(row.said[OPENSSL])} | {_words(row.said[SSLYZE])} | {why} |"


def _of_passages(passages: Iterable[Passage]) -> list[str]:
    return [
        "| real server | protocol | leaf (SHA-256) | Nolapse | openssl s_client | sslyze |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_passage(one) for one in passages),
    ]


def _passage(one: Passage) -> str:
    if one.trouble:
        return f"| {one.server} | {one.protocol} | | | | {one.trouble} |"
    ours = "same, sound" if one.ours and one.ours.leaf and one.ours.ok else "**differs**"
    if one.ours and (one.ours.leaf is None or one.ours.leaf.fingerprint != one.issued):
        ours = "**another**"
    said = " | ".join(_same(each, one.issued) for each in (one.openssl, one.sslyze))
    return f"| {one.server} | {one.protocol} | {one.issued[:16]} | {ours} | {said} |"


def _same(said: Said | None, issued: str) -> str:
    if said is None:
        return "does not speak it"
    return f"{'same' if said.fingerprint == issued else '**another**'}, {_words(said)}"


def _words(said: Said) -> str:
    if said.sound:
        return "sound"
    words = said.words.removeprefix("validation failed: ").removeprefix("candidates exhausted: ")
    short = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
    return short.replace("|", "/").replace("<", "(").replace(">", ")")


def _found(row: Row) -> str:
    return _told(row.ours, row.notes)


def _told(faults: frozenset[FaultKind], notes: frozenset[FaultKind]) -> str:
    return f"{_kinds(faults)} (note: {_kinds(notes)})" if notes else _kinds(faults)


def _kinds(faults: Iterable[FaultKind]) -> str:
    return ", ".join(sorted(fault.replace("_", " ") for fault in faults)) or "sound"
