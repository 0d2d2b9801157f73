"""Commands about the portfolio: import and export it."""

import getpass
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from cli.output import AsJson, Exit, complain, notes, print_json, ready, screen
from db.portfolio import imports
from rules import portfolio
from rules.portfolio.portfolio_plan import Plan
from tasks import portfolio as tasks

app = typer.Typer()

_SHOWN_LINES = 50


@app.command("import")
def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    keep_good: Annotated[bool, typer.Option(help="Import the good lines even if others are bad.")] = False,
    update: Annotated[bool, typer.Option(help="Take over what lines say otherwise than what is there.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be done, with before and after, and do nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import clients, domains and endpoints from a CSV file; importing the same file again changes nothing.

    Columns: client, and domain or host; optional: email, decision, expires, alert_days, port, protocol, language,
    currency, zone. Bad lines are named by line and column, and so are lines that contradict what is there, or one
    another. Unless --keep-good is given, one bad line and nothing is imported (exit code 2). What is new is looked at
    at once, at the pace of its registries.
    """
    with ready():
        plan = _planned(file, update=update, quiet=as_json)
        refused = bool(plan.complaints) and not keep_good
        new: Counter[str] = Counter() if refused or dry_run else _import(plan, file, quiet=as_json)
        if as_json:
            print_json(_document(plan, new, dry_run=dry_run))
        else:
            _report(plan, new, refused=refused, dry_run=dry_run)
        if plan.complaints:
            raise typer.Exit(Exit.BAD_INPUT if refused else Exit.WRONG)


@app.command("export")
def export_csv(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="A new file, or - for standard output")],
) -> None:
    """Export clients, domains and endpoints as a CSV file that `nolapse import` reads."""
    with ready():
        lines = portfolio.written(imports.rows())
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


def _planned(file: Path, *, update: bool, quiet: bool) -> Plan:
    """Read the whole file and plan its import against the portfolio; nothing is written."""
    with Progress(console=notes, disable=quiet, transient=True) as progress:
        bar = progress.add_task("reading", total=None)
        return tasks.planned(_lines(file), update=update, progress=lambda number: progress.advance(bar, number))


def _import(plan: Plan, file: Path, *, quiet: bool) -> Counter[str]:
    """Carry out the plan; new domains and endpoints are checked. Return the numbers of new things by kind."""
    total = tasks.would_be_new(plan).total()
    with Progress(console=notes, disable=quiet, transient=True) as progress:
        bar = progress.add_task("importing", total=total)
        return tasks.carry_out(
            plan, by=getpass.getuser(), source=file.name, progress=lambda number: progress.advance(bar, number)
        )


def _document(plan: Plan, new: Counter[str], *, dry_run: bool) -> dict[str, object]:
    shown = tasks.would_be_new(plan) if dry_run else new
    return {
        "new": {what: shown[what] for what in tasks.COUNTED},
        "edits": [
            {"line": one.line, "kind": one.kind, "name": one.name, "column": one.column}
            | {"before": one.written[0], "after": one.written[1]}
            for one in plan.edits
        ],
        "complaints": [asdict(one) for one in plan.complaints],
        **({"dry_run": True} if dry_run else {}),
    }


def _report(plan: Plan, new: Counter[str], *, refused: bool, dry_run: bool) -> None:
    _print_some([str(one) for one in plan.complaints], lambda words: complain(words, style="yellow"))
    if refused:
        notes.print("[red]nothing was imported[/]: mend the lines above, or use --keep-good")
        if not dry_run:
            return
    _print_some([str(one) for one in plan.edits], screen.print)
    counts = tasks.would_be_new(plan) if dry_run else new
    parts = ", ".join(f"{counts[what]} {what}" for what in tasks.COUNTED)
    edits = f"; edits: {len(plan.edits)}" if plan.edits else ""
    screen.print(f"{'would be new' if dry_run else 'new'}: {parts}{edits}")


def _print_some(lines: Sequence[str], show: Callable[[str], None]) -> None:
    for line in lines[:_SHOWN_LINES]:
        show(line)
    if len(lines) > _SHOWN_LINES:
        notes.print(f"... and {len(lines) - _SHOWN_LINES} more")
