"""JSON lines: objects from standard input, each answered by a line."""

import json
import sys
from collections.abc import Callable
from typing import cast

import typer

from cli.output import Exit, complain, print_json

JsonFields = dict[str, object]


class BadLine(ValueError):
    """Raised when a line is not what the command reads; the message says how to mend it."""


def answer(read: Callable[[JsonFields], JsonFields], form: str) -> None:
    """Print what ``read`` makes of each line, which is to be an object in this ``form``; empty ones are passed over.

    A line that is none, or over which ``read`` raises ``BadLine``, is named on standard error, and the exit code is 2
    in the end. Lines are bytes, since one that is no UTF-8 must not end the others.
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
