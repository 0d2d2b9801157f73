"""What was seen of an endpoint, for a terminal of 80 columns: verdict, addresses, chains, faults and their mending."""

import ssl
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.output import screen, shown
from rules.certificates import matrix, renewal, words
from rules.certificates.faults import Fault, Severity
from rules.certificates.finding import ChainLink, ChainRole, Finding, Grade
from rules.certificates.matrix import ChainBox, ChainDrawing, Column, MatrixRow
from rules.certificates.observation import AddressObservation, Protocol
from rules.certificates.remediation import REMEDIATION

_GRADE_STYLES = {Grade.SOUND: "green", Grade.NOTED: "green", Grade.WARNED: "yellow", Grade.REFUSED: "red"}
_STYLES = {Severity.CRITICAL: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_UNLIKE = "\N{NOT EQUAL TO} "
_FINGERPRINT = 8


def show(finding: Finding) -> None:
    """Print a finding."""
    now = datetime.now(UTC)
    rows = matrix.rows(finding.sights)
    screen.print(_headline(finding), soft_wrap=True)
    if rows:
        screen.print("", _addresses(rows, now=now), sep="\n")
    if finding.left_out:
        addresses = ", ".join(finding.left_out)
        screen.print(Text(shown(f"not asked, for want of a way there or because there are too many: {addresses}")))
    for path in matrix.paths(finding.sights, now=now):
        screen.print("", _chain(path, several=len(rows) > 1), sep="\n")
    for part in (_faults(finding.faults), _facts(finding, now=now)):
        if part:
            screen.print("", part, sep="\n")


def chains(seen: Sequence[AddressObservation]) -> Iterator[str]:
    """Yield the distinct chains as PEM, as they were sent; of several, each after a line that names who sent it."""
    found: dict[tuple[bytes, ...], list[str]] = {}
    for one in seen:
        if one.chain:
            found.setdefault(one.chain, []).append(one.address)
    for chain, addresses in found.items():
        if len(found) > 1:
            yield f"# {', '.join(addresses)}\n"
        yield from map(ssl.DER_cert_to_PEM_cert, chain)


def _headline(finding: Finding) -> Text:
    speaks = "" if finding.protocol is Protocol.TLS else f" ({finding.protocol})"
    grade = Text(finding.grade, style=f"bold {_GRADE_STYLES.get(finding.grade, 'magenta')}")
    return Text.assemble(grade, shown(f"  {finding.host}:{finding.port}{speaks}  {finding.message}"))


def _addresses(rows: Sequence[MatrixRow], *, now: datetime) -> RenderableType:
    table = Table(header_style="bold", show_edge=False, pad_edge=False)
    for column in ("address", "certificate", "verdict", "TLS"):
        table.add_column(column, overflow="fold", no_wrap=column in {"certificate", "TLS"})
    for row in rows:
        table.add_row(Text(shown(row.sight.address)), _served(row, now=now), _judged(row), _spoken(row))
    differ = any(row.differs for row in rows)
    return Group(table, Text(f"{_UNLIKE}is not as on most of the addresses", style="dim")) if differ else table


def _served(row: MatrixRow, *, now: datetime) -> Text:
    leaf = row.sight.leaf
    if leaf is None:
        return Text("none seen")
    first = _cell(row, Column.CERTIFICATE, f"#{row.number} {leaf.fingerprint[:_FINGERPRINT]}")
    return _lines([first, *map(Text, _end(leaf, now=now))])


def _end(link: ChainLink, *, now: datetime) -> Iterator[str]:
    if link.not_after is None:
        yield "unreadable dates"
        return
    yield f"until {link.not_after:%Y-%m-%d}"
    yield f"{words.days(link.not_after - now)} left" if link.not_after > now else "over"


def _judged(row: MatrixRow) -> Text:
    faults = _lines(map(_titled, row.sight.faults)) if row.sight.faults else Text("sound", style="green")
    return Text.assemble(_UNLIKE, faults) if Column.VERDICT in row.differs else faults


def _titled(one: Fault) -> Text:
    return Text(REMEDIATION[one.fault].title, style=_STYLES[one.severity])


def _spoken(row: MatrixRow) -> Text:
    """Say what was agreed on; what is absent is said only where it is unlike the other addresses."""
    sight = row.sight
    if sight.leaf is None:
        return Text("-")
    said = {
        Column.TLS_VERSION: sight.tls_version or "unknown version",
        Column.CIPHER: sight.cipher,
        Column.ALPN: f"ALPN {sight.alpn or 'none'}" if sight.alpn or Column.ALPN in row.differs else "",
        Column.STAPLE: f"{'a' if sight.stapled else 'no'} staple"
        if sight.stapled or Column.STAPLE in row.differs
        else "",
        Column.HSTS: f"HSTS {matrix.hsts(sight.hsts)}" if sight.hsts else "no HSTS" if sight.hsts == "" else "",
    }
    return _lines(_cell(row, column, each) for column, each in said.items() if each)


def _cell(row: MatrixRow, column: Column, said: str) -> Text:
    return Text(f"{_UNLIKE if column in row.differs else ''}{shown(said)}")


def _lines(parts: Iterable[Text]) -> Text:
    return Text("\n").join(parts)


def _chain(path: ChainDrawing, *, several: bool) -> RenderableType:
    whence = f", from {', '.join(path.addresses)}" if several else ""
    tree = branch = Tree(Text(f"chain of certificate #{path.number}{shown(whence)}", style="bold"))
    for box in path.boxes:
        branch = branch.add(_box(box))
    for stray in path.strays:
        tree.add(Text.assemble("sent too, part of no path: ", _link(stray)))
    for one in path.faults:
        tree.add(_titled(one))
    return tree


def _box(box: ChainBox) -> Text:
    about = _link(box.link) if box.link else Text("an issuer is missing", style="red")
    return _lines([about, *map(_titled, box.faults)])


def _link(link: ChainLink) -> Text:
    place = "" if link.role is ChainRole.STRAY else f", {link.role}, {_whence(link)}"
    dates = " to ".join(f"{at:%Y-%m-%d}" if at else "?" for at in (link.not_before, link.not_after))
    named = Text.assemble((shown(matrix.named(link)), "bold"), place)
    return _lines([named, Text(shown(f"{dates}, {link.key or '?'}, {link.signature or '?'}"), style="dim")])


def _whence(link: ChainLink) -> str:
    if link.sent:
        return "sent"
    return "trusted here" if link.role is ChainRole.ROOT else "not sent"


def _faults(faults: Sequence[Fault]) -> RenderableType | None:
    if not faults:
        return None
    table = Table.grid(padding=(0, 2, 1, 0))
    for one in faults:
        title = Text(REMEDIATION[one.fault].title, style="bold")
        how = Text(f"To mend it: {REMEDIATION[one.fault].how}")
        severity = Text(one.severity.name.lower(), style=_STYLES[one.severity])
        table.add_row(severity, Group(title, Text(shown(one.words)), how))
    return table


def _facts(finding: Finding, *, now: datetime) -> RenderableType | None:
    facts = [*_renewal(finding, now=now)]
    facts += [("CAA", one) for one in finding.caa or ()] + [("TLSA", one) for one in finding.tlsa or ()]
    table = Table.grid(padding=(0, 2))
    for name, fact in facts:
        table.add_row(name, Text(shown(fact), overflow="fold"))
    return table if facts else None


def _renewal(finding: Finding, *, now: datetime) -> Iterator[tuple[str, str]]:
    if finding.leaf is None:
        return
    due = renewal.judge(finding.leaf, held=(), window=renewal.window_of(finding), now=now)
    if due is not None:
        yield "renewal", f"due on {due.due_at:%Y-%m-%d}, late from {due.late_at:%Y-%m-%d}: {due.because}"
