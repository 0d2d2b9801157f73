"""Commands about the portfolio: import and export it."""

import getpass
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from cli.output import AsJson, Exit, complain, notes, print_json, ready, screen
from db.access import audit
from db.portfolio import imports as store
from rules import portfolio
from rules.portfolio import Complaint, PortfolioEntry

app = typer.Typer()

_COUNTED = ("clients", "domains", "endpoints")
_SHOWN_COMPLAINTS = 50
_NAME_MAX = 200


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
        entries = [one for one in read if isinstance(one, PortfolioEntry)]
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


def _add(entries: list[PortfolioEntry], *, quiet: bool) -> Counter[str]:
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
