"""``nolapse cert verify --jsonl``: cases in, verdicts out, whatever the cases are."""

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

from cli import verify
from sandbox import pki
from sandbox import revocation as issued
from sandbox.pki import Issuer

CPU_S = 5.0  # of processor time
HOST = "shop.example"
ROOT = pki.root("Root")
MIDDLE = ROOT.authority("Middle")
LEAF = MIDDLE.leaf(HOST)


def case(leaf: Issuer = LEAF, **others: Any) -> dict[str, Any]:
    given = {
        "id": "one",
        "leaf": pem(leaf),
        "intermediates": [pem(MIDDLE)],
        "roots": [pem(ROOT)],
        "at": datetime.now(UTC).isoformat(),
        "host": HOST,
    }
    return given | others


def pem(one: Issuer) -> str:
    return pki.pem(one.certificate).decode()


def answers(*cases: object) -> list[dict[str, Any]]:
    lines = [one if isinstance(one, str) else json.dumps(one) for one in cases]
    out = io.StringIO()
    verify.verify_jsonl(lines, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def faults(answer: dict[str, Any]) -> list[str]:
    return [one["fault"] for one in answer["faults"]]


def test_a_sound_case_is_ok_and_has_no_faults() -> None:
    assert answers(case()) == [{"id": "one", "ok": True, "faults": []}]


def test_each_fault_is_told_with_its_severity_and_words() -> None:
    (answer,) = answers(case(host="other.example", intermediates=[]))
    assert not answer["ok"]
    assert faults(answer) == ["wrong_host", "incomplete_chain"]
    assert {one["severity"] for one in answer["faults"]} == {"critical"}
    assert HOST in answer["faults"][0]["words"]


def test_answers_come_in_the_order_of_the_cases_and_each_at_once() -> None:
    out = io.StringIO()

    def lines() -> Iterable[str]:
        for number in range(5):
            assert len(out.getvalue().splitlines()) == number
            yield json.dumps(case(id=number, host=HOST if number % 2 else "other.example"))

    verify.verify_jsonl(lines(), out)
    read = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["id"], one["ok"]) for one in read] == [(number, bool(number % 2)) for number in range(5)]


def test_without_a_host_no_name_is_compared() -> None:
    assert answers(case(host=None))[0]["ok"]


def test_the_time_is_that_of_the_case() -> None:
    late = datetime.now(UTC) + timedelta(days=900)
    assert faults(answers(case(at=late.isoformat()))[0]) == ["expired"]
    assert answers(case(at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))[0]["ok"]


def test_the_order_of_intermediates_and_those_that_nobody_needs_do_not_matter() -> None:
    strays = [pem(pki.root(f"Stray {number}")) for number in range(5)]
    assert answers(case(intermediates=[*strays, pem(MIDDLE), pem(LEAF)]))[0] == answers(case())[0]
    assert answers(case(intermediates=["".join((*strays, pem(MIDDLE)))]))[0]["ok"]


def test_form_counts_here() -> None:
    assert faults(answers(case(ROOT.leaf(HOST, serial=0)))[0]) == ["malformed"]


def test_lists_that_are_given_have_to_settle_it() -> None:
    leaf = ROOT.leaf(HOST)
    fine, revoked = crl(ROOT), crl(ROOT, leaf)
    assert answers(case(leaf, crls=[fine]))[0]["ok"]
    assert faults(answers(case(leaf, crls=[revoked]))[0]) == ["revoked"]
    assert faults(answers(case(leaf, crls=[crl(pki.root("Other"))]))[0]) == ["revocation_unknown"]
    for nothing in ([], None):
        assert answers(case(leaf, crls=nothing))[0]["ok"]


def crl(by: Issuer, *revoked: Issuer) -> str:
    return pki.pem(issued.crl(by, revoked)).decode().replace("CERTIFICATE", "X509 CRL")


def test_what_is_no_list_says_nothing_and_is_noted() -> None:
    (answer,) = answers(case(crls=["-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"]))
    assert answer["ok"]
    assert faults(answer) == ["revocation_unknown"]


def test_a_case_that_is_none_gets_a_row_that_says_why() -> None:
    odd: list[tuple[object, str]] = [
        ("{", "line 1"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, ""),
        ({"id": 7}, "leaf"),
        (case(leaf=LEAF) | {"leaf": None}, "leaf"),
        (case() | {"leaf": "nonsense"}, "leaf"),
        (case() | {"leaf": pem(LEAF) * 2}, "leaf"),
        (case(roots="nonsense"), "roots"),
        (case(roots=[7]), "roots"),
        (case(intermediates=["-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----"]), "intermediates"),
        (case(at="yesterday"), "at"),
        (case(at=7), "at"),
        (case(at="2026-01-01T00:00:00"), "time zone"),
        (case(host=7), "host"),
        (case(host=""), "host"),
        (case(crls="x"), "crls"),
    ]
    for given, words in odd:
        (answer,) = answers(given)
        assert not answer["ok"]
        assert words in answer["error"], answer
    assert answers({"id": 7})[0]["id"] == 7
    assert [one["ok"] for one in answers("{", case())] == [False, True]


def test_certificates_that_cannot_be_read_are_faults_and_no_errors() -> None:
    broken = pki.pem(LEAF.certificate[:-40]).decode()
    (answer,) = answers(case() | {"leaf": broken})
    assert faults(answer) == ["unreadable"]
    assert "error" not in answer
    assert faults(answers(case(roots=[broken]))[0]) == ["unknown_issuer"]
    assert answers(case(intermediates=[broken, pem(MIDDLE)]))[0]["ok"]


def test_thousands_of_intermediates_are_answered_in_time() -> None:
    many = [pem(pki.root(f"Number {number}", key=ROOT.key)) for number in range(200)] * 25
    given = json.dumps(case(intermediates=[*many, pem(MIDDLE)]))
    begun = process_time()
    (answer,) = answers(given)
    assert process_time() - begun < CPU_S
    assert answer["ok"]


def test_a_blob_of_ten_megabytes_is_answered_in_time() -> None:
    blob = pki.pem(b"\x30\x84\x00\x98\x96\x80" + b"\0" * 10_000_000).decode()
    for given in (case() | {"leaf": blob}, case(intermediates=[blob])):
        line = json.dumps(given)
        begun = process_time()
        assert not answers(line)[0]["ok"]
        assert process_time() - begun < CPU_S
