import json

from typer.testing import CliRunner

from cli.whois import app

RECORD = """\
Domain: example.test
Registrar: Ex
Created: 2001-02-03T23:00:00-05:00
NS: ns1.example.net
Status: client hold
"""


def run(*lines: str | bytes):
    raw = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return CliRunner().invoke(app, ["parse", "--jsonl"], input=raw)


def case(identifier: str, text: str) -> str:
    return json.dumps({"id": identifier, "domain": "example.test", "text": text})


def test_each_line_is_answered_and_days_that_are_not_stated_are_absent():
    result = run(case("a", RECORD), "", case("b", "No match"))
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "id": "a",
            "answer": "registered",
            "created": "2001-02-03",
            "registrar": "Ex",
            "nameservers": ["ns1.example.net"],
            "status": ["clientHold"],
        },
        {"id": "b", "answer": "available", "nameservers": [], "status": []},
    ]


def test_what_python_whois_finds_in_an_unparsable_answer_stands_beside_it():
    result = run(case("a", "example.test | Registrar: Ex"), case("b", "hello"))
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "id": "a",
            "answer": "unparsable",
            "nameservers": [],
            "status": [],
            "unconfirmed": [
                {
                    "field": "registrar",
                    "value": "Ex",
                    "line": "example.test | Registrar: Ex",
                    "source": "python-whois",
                }
            ],
        },
        {"id": "b", "answer": "unparsable", "nameservers": [], "status": []},
    ]


def test_a_bad_line_is_named_and_the_others_are_answered():
    result = run(case("a", "No match"), "{", "[]", '{"id": "c", "domain": 1, "text": ""}', b"\xff", case("d", "\ud800"))
    assert result.exit_code == 2
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", "d"]
    assert [line for line in range(1, 7) if f"line {line}:" in result.stderr] == [2, 3, 4, 5]


def test_the_form_of_the_lines_must_be_said():
    assert CliRunner().invoke(app, ["parse"]).exit_code == 2
