"""What `nolapse mail classify` reads and prints."""

import json
from typing import Any

from typer.testing import CliRunner

from cli.mail import app

BOUNCE = (
    "Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nSubject: failure notice\n\n<ada@clients.test>: 550 5.1.1 unknown\n"
)
READ = {"kind": "unknown_recipient", "recipient": "ada@clients.test", "status": "5.1.1"}


def classify(*arguments: str, given: bytes) -> Any:
    return CliRunner().invoke(app, ["classify", *arguments], input=given)


def test_one_message_is_read_as_it_came() -> None:
    result = classify(given=BOUNCE.encode() + b"\xff\xfe")
    assert (result.exit_code, json.loads(result.stdout)) == (0, READ)


def test_a_line_each_is_answered_with_its_id() -> None:
    lines = [
        json.dumps({"id": number, "message": text}) for number, text in enumerate((BOUNCE, "Hello", BOUNCE + "\udcff"))
    ]
    result = classify("--jsonl", given="\n\n".join(lines).encode())
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": 0, **READ},
        {"id": 1, "kind": "not_a_bounce", "recipient": None, "status": None},
        {"id": 2, **READ},
    ]


def test_a_line_that_is_none_is_named_and_the_others_are_answered() -> None:
    good = json.dumps({"id": "a", "message": "\ud800"}).encode()
    result = classify("--jsonl", given=b"\n".join((b"{", b"[]", b'{"id": 1}', b"\xff", good)))
    assert result.exit_code == 2
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a"]
    assert [number for number in range(1, 6) if f"line {number}:" in result.stderr] == [1, 2, 3, 4]
