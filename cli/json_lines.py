"""JSON lines: objects from standard input, each answered by a line."""

import json
import sys
from collections.abc import Callable
from typing import cast

import typer

from cli.output import Exit, complain, print_json

JsonFields = dict[str, object]


class BadLine(ValueError):
    """An error raised for a line that the command cannot read; the message says how to mend it."""


def answer(read: Callable[[JsonFields], JsonFields], form: str) -> None:
    """Print the answer of ``read`` to each JSON object on standard input; ``form`` describes one. Skip empty lines.

    A line that is no such object, or for which ``read`` raises ``BadLine``, is named on standard error, and the exit
    code is 2 at the end. Lines are read as bytes, so that a line that is not UTF-8 does not stop the others.
    """
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            print_json(read(_object(line, form)))
        except BadLine as error:
            bad += 1
            complain(f"error: line {number}: {error}")
    if bad:
        raise typer.Exit(Exit.BAD_INPUT)


def _object(line: bytes, form: str) -> JsonFields:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"is no JSON: {type(error).__name__}") from None
    if not isinstance(case, dict):
        raise BadLine(f"must be an object {form}")
    return cast("JsonFields", case)
