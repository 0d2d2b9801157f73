"""The command that looks one domain up at once, as a check would, and tells which server said what."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

import settings
from cli.output import AsJson, Exit, complaining, print_json, screen, shown
from rules import lookups, names
from rules.checks import stages
from rules.domains.knowledge import FIELDS, Known
from rules.domains.lifecycle import Lifecycle
from rules.domains.records import Answer, RegistryRecord
from settings import logs
from tasks.domains import registries
from tasks.domains.registries import Lookup
from wording import lookup_documents
from wording.domains import lifecycles

app = typer.Typer()

_SOON_DAYS = 14


@app.command()
def domain(
    name: Annotated[str, typer.Argument(help="A domain, or a URL in it")],
    *,
    explain: Annotated[bool, typer.Option(help="Tell which server said what, in its own words.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the registry about a domain now: RDAP first, WHOIS after. Needs no database.

    Exit code 0: registered, 1: not registered or about to lapse, 3: nobody answered.
    """
    with complaining():
        config = settings.current()
        logs.configure(json=False, level="error", secrets=config.secrets())
        now = datetime.now(UTC)
        lookup = registries.look_up(names.registrable(name), registries.shipped(), at=now)
        known, life = lookups.amount(lookup.records, now=now)
        if as_json:
            print_json(_document(known, life, lookup, explain=explain))
        else:
            for line in (*_lines(known, life), *(_explained(lookup) if explain else ())):
                screen.print(line, markup=False, highlight=False, soft_wrap=True)
        if known.answer is None:
            raise typer.Exit(Exit.COULD_NOT)
        if known.answer is not Answer.REGISTERED or _lapses(known, now):
            raise typer.Exit(Exit.WRONG)


def _lapses(known: Known, now: datetime) -> bool:
    return known.expires is not None and stages.stage(known.expires, now=now, stages=(_SOON_DAYS,)) is not None


def _document(known: Known, life: Lifecycle, lookup: Lookup, *, explain: bool) -> dict[str, object]:
    document: dict[str, object] = lookup_documents.domain(known, life)
    if explain:
        document["answers"] = [{**asdict(one), "evidence": dict(one.evidence)} for one in lookup.records]
        document["silences"] = lookup.silences
    return document


def _lines(known: Known, life: Lifecycle) -> Iterator[str]:
    yield f"{known.name}: {shown(known.answer)}"
    yield lifecycles.sentences(life)
    for field in FIELDS:
        value, statement = getattr(known, field), known.statements.get(field)
        silence = f"({known.silent[field]})" if field in known.silent else ""
        source = f"  [{statement.source} {statement.server}]" if statement and value not in (None, (), "") else ""
        yield f"  {field.replace('_', ' '):12} {shown(value)} {silence}{source}".rstrip()


def _explained(lookup: Lookup) -> Iterator[str]:
    for number, record in enumerate(lookup.records, start=1):
        yield ""
        yield f"{number}. {record.source.upper()} at {shown(record.server)} ({record.asked}): {record.answer}"
        yield from _evidence(record)
    for silence in lookup.silences:
        yield ""
        yield f"-  {shown(silence)}"


def _evidence(record: RegistryRecord) -> Iterator[str]:
    stated = {name: value for name, value in asdict(record).items() if name in FIELDS and value not in (None, (), "")}
    for field, value in stated.items():
        yield f"   {field.replace('_', ' '):12} {shown(value)}"
        if words := record.evidence.get(field):
            yield f"   {'':12} | {shown(words)}"
    for found in record.unconfirmed:
        yield f"   {found.field:12} {shown(found.value)} (the word of {found.source} alone)"
        yield f"   {'':12} | {shown(found.line)}"
