"""A finding about an endpoint, for a terminal of 80 columns: verdict, addresses, chains, faults, remediation."""

import ssl
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.output import screen, shown
from rules.certificates import matrix, renewal
from rules.certificates.faults import Fault, Severity
from rules.certificates.finding import ChainLink, ChainRole, Finding, Grade
from rules.certificates.matrix import ChainBox, ChainDrawing, Column, MatrixRow
from rules.certificates.observation import AddressObservation, Protocol
from wording import fragments
from wording.certificates import certificate_facts, certificate_renewals, findings
from wording.certificates.remediation import REMEDIATION

_GRADE_STYLES = {Grade.SOUND: "green", Grade.NOTED: "green", Grade.WARNED: "yellow", Grade.REFUSED: "red"}
_STYLES = {Severity.CRITICAL: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_UNLIKE = "\N{NOT EQUAL TO} "
_FINGERPRINT = 8


def show(finding: Finding) -> None:
    """Print a finding."""
    now = datetime.now(UTC)
    rows = matrix.rows(finding.addresses)
    screen.print(_headline(finding), soft_wrap=True)
    if rows:
        screen.print("", _addresses(rows, now=now), sep="\n")
    if finding.left_out:
        addresses = ", ".join(finding.left_out)
        screen.print(Text(shown(f"not asked, for want of a way there or because there are too many: {addresses}")))
    for chain in matrix.chains(finding.addresses):
        screen.print("", _chain(chain, several=len(rows) > 1), sep="\n")
    for part in (_faults(finding), _facts(finding, now=now)):
        if part:
            screen.print("", part, sep="\n")


def chains(observed: Sequence[AddressObservation]) -> Iterator[str]:
    """Yield the distinct chains as PEM, in the order sent; of several, each after a line with its addresses."""
    found: dict[tuple[bytes, ...], list[str]] = {}
    for one in observed:
        if one.chain:
            found.setdefault(one.chain, []).append(one.address)
    for chain, addresses in found.items():
        if len(found) > 1:
            yield f"# {', '.join(addresses)}\n"
        yield from map(ssl.DER_cert_to_PEM_cert, chain)


def _headline(finding: Finding) -> Text:
    speaks = "" if finding.protocol is Protocol.TLS else f" ({finding.protocol})"
    grade = Text(finding.grade, style=f"bold {_GRADE_STYLES.get(finding.grade, 'magenta')}")
    return Text.assemble(grade, shown(f"  {finding.host}:{finding.port}{speaks}  {findings.message(finding)}"))


def _addresses(rows: Sequence[MatrixRow], *, now: datetime) -> RenderableType:
    table = Table(header_style="bold", show_edge=False, pad_edge=False)
    for column in ("address", "certificate", "verdict", "TLS"):
        table.add_column(column, overflow="fold", no_wrap=column in {"certificate", "TLS"})
    for row in rows:
        place = certificate_facts.place(row.address_finding, [each.address_finding for each in rows])
        table.add_row(Text(shown(place)), _served(row, now=now), _verdict(row), _spoken(row))
    differ = any(row.differs for row in rows)
    return Group(table, Text(f"{_UNLIKE}is not as on most of the addresses", style="dim")) if differ else table


def _served(row: MatrixRow, *, now: datetime) -> Text:
    leaf = row.address_finding.leaf
    if leaf is None:
        return Text("none seen")
    first = _cell(row, Column.CERTIFICATE, f"#{row.number} {leaf.fingerprint[:_FINGERPRINT]}")
    return _lines([first, *map(Text, _validity(row.address_finding.ending or leaf, now=now))])


def _validity(link: ChainLink, *, now: datetime) -> Iterator[str]:
    if link.not_after is None:
        yield "unreadable dates"
        return
    yield f"until {link.not_after:%Y-%m-%d}"
    yield f"{fragments.length(link.not_after - now)} left" if link.not_after > now else "over"


def _verdict(row: MatrixRow) -> Text:
    faults = (
        _lines(map(_titled, row.address_finding.faults)) if row.address_finding.faults else Text("sound", style="green")
    )
    return Text.assemble(_UNLIKE, faults) if Column.VERDICT in row.differs else faults


def _titled(one: Fault) -> Text:
    return Text(REMEDIATION[one.kind].title, style=_STYLES[one.severity])


def _spoken(row: MatrixRow) -> Text:
    """Return what an address negotiated; a missing ALPN or staple is named only where other addresses differ."""
    address_finding = row.address_finding
    if address_finding.leaf is None:
        return Text("-")
    said = {
        Column.TLS_VERSION: address_finding.tls_version or "unknown version",
        Column.CIPHER: address_finding.cipher,
        Column.ALPN: f"ALPN {address_finding.alpn or 'none'}"
        if address_finding.alpn or Column.ALPN in row.differs
        else "",
        Column.STAPLE: f"{'a' if address_finding.stapled else 'no'} staple"
        if address_finding.stapled or Column.STAPLE in row.differs
        else "",
        Column.HSTS: f"HSTS {certificate_facts.hsts(address_finding.hsts)}"
        if address_finding.hsts
        else "no HSTS"
        if address_finding.hsts == ""
        else "",
    }
    return _lines(_cell(row, column, each) for column, each in said.items() if each)


def _cell(row: MatrixRow, column: Column, said: str) -> Text:
    return Text(f"{_UNLIKE if column in row.differs else ''}{shown(said)}")


def _lines(parts: Iterable[Text]) -> Text:
    return Text("\n").join(parts)


def _chain(drawing: ChainDrawing, *, several: bool) -> RenderableType:
    whence = f", from {', '.join(drawing.addresses)}" if several else ""
    tree = branch = Tree(Text(f"chain of certificate #{drawing.number}{shown(whence)}", style="bold"))
    for box in drawing.boxes:
        branch = branch.add(_box(box))
    for stray in drawing.strays:
        tree.add(Text.assemble("sent too, part of no path: ", _link(stray)))
    for one in drawing.faults:
        tree.add(_titled(one))
    return tree


def _box(box: ChainBox) -> Text:
    about = _link(box.link) if box.link else Text("an issuer is missing", style="red")
    return _lines([about, *map(_titled, box.faults)])


def _link(link: ChainLink) -> Text:
    place = "" if link.role is ChainRole.STRAY else f", {link.role}, {_whence(link)}"
    dates = " to ".join(f"{at:%Y-%m-%d}" if at else "?" for at in (link.not_before, link.not_after))
    named = Text.assemble((shown(certificate_facts.named(link)), "bold"), place)
    return _lines([named, Text(shown(f"{dates}, {link.key or '?'}, {link.signature or '?'}"), style="dim")])


def _whence(link: ChainLink) -> str:
    if link.sent:
        return "sent"
    return "trusted here" if link.role is ChainRole.ROOT else "not sent"


def _faults(finding: Finding) -> RenderableType | None:
    if not finding.faults:
        return None
    table = Table.grid(padding=(0, 2, 1, 0))
    for one, sentence in zip(finding.faults, findings.texts(finding).faults, strict=True):
        title = Text(REMEDIATION[one.kind].title, style="bold")
        how = Text(f"To mend it: {REMEDIATION[one.kind].how}")
        severity = Text(one.severity.name.lower(), style=_STYLES[one.severity])
        table.add_row(severity, Group(title, Text(shown(sentence)), how))
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
    due = renewal.of(finding.leaf, served=(), window=renewal.window_of(finding), now=now)
    if due is not None:
        yield (
            "renewal",
            f"due on {due.due_at:%Y-%m-%d}, late from {due.late_at:%Y-%m-%d}: {certificate_renewals.because(due)}",
        )
