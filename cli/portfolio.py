"""Commands about the portfolio: import and export it, look at one certificate at once."""

import getpass
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

import settings
from cli.output import AsJson, Exit, complain, complaining, notes, print_json, ready, screen, shown
from db import audit
from db import portfolio as store
from rules import names, portfolio, stages
from rules.certificates import Fault, Finding
from rules.portfolio import Complaint, Entry
from settings import logs
from tasks import certificates

app = typer.Typer()

_COUNTED = ("clients", "domains", "endpoints")
_SHOWN_COMPLAINTS = 50
_NAME_MAX = 200
_TLS_PORT = 443


@app.command("import")
def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    keep_good: Annotated[bool, typer.Option(help="Import the good lines even if others are bad.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import clients, domains and endpoints from a CSV file; importing the same file again changes nothing.

    Columns: client, and domain or host; optional: email, decision, expires, alert_days, port, protocol, language,
    currency, zone. Bad lines are named by line and column. Unless --keep-good is given, one bad line and nothing is
    imported (exit code 2).
    """
    with ready():
        read = list(portfolio.read(_lines(file)))
        complaints = [one for one in read if isinstance(one, Complaint)]
        entries = [one for one in read if isinstance(one, Entry)]
        refused = bool(complaints) and not keep_good
        new: Counter[str] = Counter() if refused else _add(entries, quiet=as_json)
        if new:
            audit.add(getpass.getuser(), "import", file.name[:_NAME_MAX], dict(new))
        if as_json:
            print_json(
                {"new": {what: new[what] for what in _COUNTED}, "complaints": [asdict(one) for one in complaints]}
            )
        else:
            _report(new, complaints, refused=refused)
        if complaints:
            raise typer.Exit(Exit.BAD_INPUT if refused else Exit.WRONG)


@app.command("export")
def export_csv(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="A new file, or - for standard output")],
) -> None:
    """Export clients, domains and endpoints as a CSV file that `nolapse import` reads."""
    with ready():
        lines = portfolio.written(store.rows())
        if str(file) == "-":
            for line in lines:
                typer.echo(line.removesuffix("\r\n"))
            return
        with file.open("x", encoding="utf-8", newline="") as out:
            out.writelines(lines)


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from lines
    except UnicodeDecodeError:
        raise portfolio.BadFile(f"{file} is not UTF-8: save it as CSV UTF-8") from None


def _add(entries: list[Entry], *, quiet: bool) -> Counter[str]:
    with Progress(console=notes, disable=quiet, transient=True) as progress:
        bar = progress.add_task("importing", total=len(entries))
        return store.add(entries, progress=lambda number: progress.advance(bar, number))


def _report(new: Counter[str], complaints: list[Complaint], *, refused: bool) -> None:
    for complaint in complaints[:_SHOWN_COMPLAINTS]:
        complain(str(complaint), style="yellow")
    if len(complaints) > _SHOWN_COMPLAINTS:
        notes.print(f"... and {len(complaints) - _SHOWN_COMPLAINTS} more")
    if refused:
        notes.print("[red]nothing was imported[/]: mend the lines above, or use --keep-good")
        return
    parts = ", ".join(f"{new[what]} {what}" for what in _COUNTED)
    screen.print(f"new: {parts}")


@app.command()
def cert(target: Annotated[str, typer.Argument(metavar="HOST[:PORT]")], *, as_json: AsJson = False) -> None:
    """Look at the certificate that an endpoint serves now. Needs no database.

    Exit code 0: all is well, 1: about to expire, 2: a fault, 3: could not look.
    """
    with complaining():
        _quiet()
        host, port = _endpoint(target)
        finding = certificates.look(host, port)
        if as_json:
            print_json(asdict(finding))
        else:
            _print_finding(finding)
        raise typer.Exit(_verdict(finding))


def _print_finding(finding: Finding) -> None:
    for key, value in asdict(finding).items():
        screen.print(f"{key:12} {shown(value)}", markup=False, highlight=False)


def _verdict(finding: Finding) -> Exit:
    """Return the exit code, in the way of monitoring plugins."""
    if finding.faults and set(finding.faults) <= {Fault.UNREACHABLE}:
        return Exit.COULD_NOT
    if finding.faults:
        return Exit.BAD_INPUT
    return Exit.WRONG if _lapses(finding.not_after) else Exit.OK


def _endpoint(target: str) -> tuple[str, int]:
    """Take ``host``, ``host:port``, ``[v6]:port`` or a URL apart. Raises ``NotAHost``."""
    host = names.host(target)
    rest = target.rpartition("]")[2] if "]" in target else target.partition("://")[2] or target
    port = rest.partition("/")[0].partition(":")[2]
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):  # noqa: PLR2004 - ports
        raise names.NotAHost(f"{port[:20]!r} is no port; give a number from 1 to 65535")
    return host, int(port or _TLS_PORT)


def _lapses(end: datetime | None) -> bool:
    return end is not None and stages.stage(end, now=datetime.now(UTC)) in (stages.LAPSED, *stages.STAGES[2:])


def _quiet() -> None:
    config = settings.current()
    logs.configure(json=False, level="error", secrets=config.secrets())
