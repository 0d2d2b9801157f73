"""Faults in sentences: each detail that the rules find has one, and each sentence is what it always was."""

import ast
from collections.abc import Iterator

import pytest

from rules.certificates.faults import Fault, FaultKind, fault
from rules.x509.violations import ViolationKind
from tests.support.forked import ROOT
from wording.certificates import certificate_faults

ISO = "2026-11-21T12:00:00+00:00"
MAKERS = frozenset({"violation", "fault", "_malformed", "_weak"})


def details() -> Iterator[str]:
    """Yield the details that are written in the rules."""
    for path in (*(ROOT / "rules/x509").glob("*.py"), *(ROOT / "rules/certificates").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                given = node.args[1] if len(node.args) > 1 else None
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value


def test_every_detail_that_the_rules_find_has_a_sentence() -> None:
    found = set(details())
    known = {detail for sentences in certificate_faults._SENTENCES.values() for detail in sentences}
    assert len(found) > 60
    assert found <= known


def test_every_violation_is_a_fault() -> None:
    assert {kind.value for kind in ViolationKind} <= {kind.value for kind in FaultKind}
    order = [kind.value for kind in FaultKind if kind.value in set(ViolationKind)]
    assert order == [kind.value for kind in ViolationKind], "they are listed in one order"


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (fault(FaultKind.EXPIRED, "leaf", not_after=ISO), "The certificate expired on 2026-11-21 12:00 UTC."),
        (
            fault(FaultKind.EXPIRED_ISSUER, "issuer", subject="CN=A CA", not_after=ISO),
            "The certificate of the authority CN=A CA expired on 2026-11-21 12:00 UTC.",
        ),
        (
            fault(FaultKind.WRONG_HOST, "names", names=("a.test", "b.test", "c.test"), more=2, host="d.test"),
            "The certificate is for a.test, b.test, c.test and 2 more, not for d.test.",
        ),
        (
            fault(FaultKind.WRONG_HOST, "names", names=(), more=0, host="d.test"),
            "The certificate is for no host, not for d.test.",
        ),
        (
            fault(FaultKind.BAD_SIGNATURE, "other_key", subject="CN=a.test", issuer="CN=A CA"),
            "The certificate of CN=a.test is not signed by the key of CN=A CA.",
        ),
        (
            fault(FaultKind.NAME_CONSTRAINTS, "too_many", comparisons=250_000),
            "More than 250,000 comparisons of names with name constraints would be needed.",
        ),
        (
            fault(FaultKind.NAME_CONSTRAINTS, "incomparable", subject=""),
            "The certificate has a name that cannot be compared with those allowed.",
        ),
        (
            fault(FaultKind.WEAK_KEY, "bits", subject="", key="RSA-1024", bits=1024),
            "The key of the certificate is RSA-1024: 1024 bits are too few.",
        ),
        (
            fault(FaultKind.MALFORMED, "serial_zero", subject="CN=a.test"),
            "The certificate of CN=a.test has the serial number zero.",
        ),
        (
            fault(
                FaultKind.MALFORMED, "extension_unreadable", subject="", oid="2.5.29.17", reason="a tag. of its own."
            ),
            "The certificate has an extension 2.5.29.17 that cannot be read: a tag. of its own..",
        ),
        (
            fault(FaultKind.REVOKED, "revoked", subject="", at=ISO, reason="key compromise"),
            "The certificate was revoked on 2026-11-21 12:00 UTC: key compromise.",
        ),
        (
            fault(
                FaultKind.DISTRUSTED,
                "refused",
                authority="X",
                by="Chrome",
                since="2024-11-12",
                issued_after="2024-11-11",
            ),
            "Certificates of X issued after 2024-11-11 are not trusted by Chrome, since 2024-11-12.",
        ),
        (
            fault(FaultKind.CAA_MISMATCH, "not_allowed", allowed=(), authority="X"),
            "The domain's CAA records allow nobody to issue, not X: the next renewal may be refused.",
        ),
        (
            fault(FaultKind.HANDSHAKE_FAILED, "ended_early", reason="too slow."),
            "The server speaks TLS, but the handshake failed: too slow.",
        ),
        (
            fault(FaultKind.NO_STARTTLS, "ended_early", reason=""),
            "The server does not offer STARTTLS: no reason is known.",
        ),
        (
            fault(
                FaultKind.ADDRESSES_DIFFER, "old_certificate", behind=("a", "b", "c"), count=5, total=9, left_s=-7200
            ),
            "5 of 9 addresses (a, b, c and 2 more) serve the old certificate, which expired 2 hours ago.",
        ),
        (
            fault(FaultKind.RENEWAL_LATE, "by_hand", life_s=398 * 86400, before_end_s=30 * 86400, left_s=13 * 86400),
            (
                "A 398-day certificate is renewed by hand, 30 days before its end; this one has 13 days left and no"
                " successor."
            ),
        ),
    ],
    ids=lambda given: f"{given.kind}-{given.detail}" if isinstance(given, Fault) else "",
)
def test_a_fault_is_said_so(one: Fault, sentence: str) -> None:
    assert certificate_faults.sentence(one) == sentence


def test_of_parameters_that_another_release_stored_its_words_are_shown() -> None:
    stranger = Fault(
        FaultKind.EXPIRED, fault(FaultKind.EXPIRED).severity, "leaf", (("not_after", "soon"),), 0, "It ends soon."
    )
    assert certificate_faults.sentence(stranger) == "It ends soon."


@pytest.mark.parametrize("left", [10**30, "a week", ("1", "2")])
def test_no_parameter_is_too_odd(left: int | str | tuple[str, ...]) -> None:
    late = fault(FaultKind.RENEWAL_LATE, "habit", percent=66, left_s=left)
    assert certificate_faults.sentence(late) == "Renewal is late."
