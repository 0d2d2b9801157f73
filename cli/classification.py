"""What a message that came back says, for scripts: one message, or many as JSON lines."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, cast

import typer

from cli.output import Exit, complain, print_json
from rules import bounces
from rules.bounces.mime_parts import MOST_BYTES
from rules.bounces.verdict import BounceVerdict


class BadMessageLine(ValueError):
    """Raised when a line is not what the command reads; the message says how to mend it."""


def classify(
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='Read lines {"id", "message"}, answer a line each.')] = False,
) -> None:
    """Say what a message on standard input is: a bounce and of which kind, an auto-reply, a complaint, or none.

    Prints {"kind", "recipient", "status"}; with --jsonl also the "id" of each line. Kinds: hard, soft, policy, full,
    unknown_recipient, auto_reply, challenge, complaint, not_a_bounce. The recipient is whom it is about, or who
    answers; the status is an enhanced status code (RFC 3463). Of a message the first MiB is read.

    A line that is none of these is named on standard error, and the exit code is 2 in the end.
    """
    if not jsonl:
        print_json(_fields(bounces.classify(sys.stdin.buffer.read(MOST_BYTES))))
        return
    bad = 0
    for number, line in _lines():
        try:
            print_json(_classified(line))
        except BadMessageLine as error:
            bad += 1
            complain(f"error: line {number}: {error}")
    if bad:
        raise typer.Exit(Exit.BAD_INPUT)


def _lines() -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines but for empty ones."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            yield number, line


def _classified(line: bytes) -> dict[str, object]:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadMessageLine(f"is no JSON: {type(error).__name__}") from None
    if not isinstance(case, dict) or not isinstance(case.get("message"), str) or "id" not in case:
        raise BadMessageLine('must be an object {"id": ..., "message": "From: ..."}')
    fields = cast("dict[str, object]", case)
    return {"id": fields["id"], **_fields(bounces.classify(_bytes(cast("str", fields["message"]))))}


def _bytes(message: str) -> bytes:
    """Return a message as it came; bytes that were no UTF-8 may stand in it as Python keeps them (PEP 383)."""
    try:
        return message.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return message.encode("utf-8", "replace")


def _fields(found: BounceVerdict) -> dict[str, object]:
    return {"kind": found.kind.value, "recipient": found.recipient, "status": found.status}
