"""Commands about given WHOIS texts; they ask no server."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from cli import json_lines
from cli.json_lines import BadLine, JsonFields
from cli.output import Exit, notes
from integrations import python_whois
from rules.domains.records import Answer
from rules.whois import reader
from rules.whois.reader import Reading

app = typer.Typer(name="whois", help="Read WHOIS answers.", no_args_is_help=True)


@app.callback()
def whois() -> None:
    """Read WHOIS answers."""


@app.command()
def parse(
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Read and write JSON lines.")] = False,
) -> None:
    """Read WHOIS answers from standard input, print what they say.

    In: lines {"id", "domain", "text"}. Out, a line each: {"id", "answer", "created", "updated", "expires",
    "registrar", "nameservers", "status"}; a day is YYYY-MM-DD in the answer's own zone, and absent where none is
    stated. Where the answer is "unparsable", "unconfirmed" has what python-whois finds in it, if anything, as its word:
    [{"field", "value", "line", "source"}].

    A line that is none of these is named on standard error, and the exit code is 2 in the end.
    """
    if not jsonl:
        notes.print(Text("error: say how the answers are given: --jsonl", style="red"))
        raise typer.Exit(Exit.BAD_INPUT)
    json_lines.answer(_parsed, '{"id": ..., "domain": ..., "text": ...}')


def _parsed(fields: JsonFields) -> JsonFields:
    domain, text = (_string(fields, name) for name in ("domain", "text"))
    reading = reader.read(domain, text)
    return {"id": _string(fields, "id"), **_fields(reading), **_unconfirmed(reading, text)}


def _string(fields: JsonFields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise BadLine(f'"{name}" must be a string')
    return value.encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair, which cannot be printed


def _fields(reading: Reading) -> JsonFields:
    fields: JsonFields = {"answer": reading.answer.value}
    for name, stated in (("created", reading.created), ("updated", reading.updated), ("expires", reading.expires)):
        if stated:
            fields[name] = stated.day.isoformat()
    if reading.registrar:
        fields["registrar"] = reading.registrar
    return fields | {"nameservers": list(reading.nameservers), "status": list(reading.statuses)}


def _unconfirmed(reading: Reading, text: str) -> JsonFields:
    if reading.answer is not Answer.UNPARSABLE:
        return {}
    found = [asdict(each) for each in python_whois.read(reading.domain, text)]
    return {"unconfirmed": found} if found else {}
