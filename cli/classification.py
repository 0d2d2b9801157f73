"""The command that classifies messages that came back, for scripts: one message, or many as JSON lines."""

import sys
from typing import Annotated

import typer

from cli import json_lines
from cli.json_lines import BadLine, JsonFields
from cli.output import print_json
from rules import bounces
from rules.bounces.mime_parts import MOST_BYTES
from rules.bounces.verdict import BounceVerdict

_FORM = '{"id": ..., "message": "From: ..."}'


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
    json_lines.answer(_classified, _FORM)


def _classified(fields: JsonFields) -> JsonFields:
    message = fields.get("message")
    if not isinstance(message, str) or "id" not in fields:
        raise BadLine(f"must be an object {_FORM}")
    return {"id": fields["id"], **_fields(bounces.classify(_bytes(message)))}


def _bytes(message: str) -> bytes:
    """Return a message's bytes. Its text may hold bytes that were no UTF-8, escaped as Python does it (PEP 383)."""
    try:
        return message.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return message.encode("utf-8", "replace")


def _fields(found: BounceVerdict) -> dict[str, object]:
    return {"kind": found.kind.value, "recipient": found.recipient, "status": found.status}
