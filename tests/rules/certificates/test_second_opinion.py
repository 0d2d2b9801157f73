"""Where OpenSSL and the engine differ about a chain, and where that is worth a note."""

import pytest

from integrations.openssl import OpensslVerifier
from rules.certificates import second_opinion
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.x509.verification import Verification
from rules.x509.violations import ViolationKind, violation
from sandbox import pki
from sandbox.pki import Issuer
from tests.support.chains import HOST, verdict

ROOT = pki.root("Root")
MIDDLE = ROOT.authority("Middle")
LEAF = MIDDLE.leaf(HOST)


def opinion(*sent: Issuer, roots: tuple[Issuer, ...] = (ROOT,)) -> tuple[str | None, Fault | None]:
    """Return why OpenSSL refuses a chain, and what is noted of that."""
    refusal = OpensslVerifier(one.certificate for one in roots).refusal([one.certificate for one in sent])
    return refusal, second_opinion.disagreement(verdict(*sent, roots=roots), refusal)


def test_where_both_say_the_same_nothing_is_noted() -> None:
    assert opinion(LEAF, MIDDLE) == ("", None)
    refusal, noted = opinion(LEAF)
    assert refusal
    assert noted is None
    assert opinion(MIDDLE.leaf(HOST, tampered=True), MIDDLE)[1] is None


def test_dates_and_hosts_and_what_browsers_ask_are_no_difference() -> None:
    assert opinion(MIDDLE.leaf("other.example"), MIDDLE)[1] is None
    assert opinion(MIDDLE.leaf(HOST, digest="sha1"), MIDDLE)[1] is None
    assert opinion(MIDDLE.leaf(HOST, not_after=MIDDLE.parsed.not_valid_before_utc), MIDDLE)[1] is None


def test_that_openssl_never_turns_back_is_a_reason() -> None:
    old = pki.root("Old").again(MIDDLE)
    refusal, noted = opinion(LEAF, old, MIDDLE)
    assert refusal
    assert noted is None


def test_a_refusal_of_what_is_sound_here_is_noted() -> None:
    noted = second_opinion.disagreement(verdict(LEAF, MIDDLE, roots=[ROOT]), "unsupported name constraint type")
    assert noted is not None
    assert (noted.kind, noted.severity, noted.detail) == (FaultKind.CHECKERS_DISAGREE, Severity.NOTE, "refused")


@pytest.mark.parametrize(
    ("kind", "detail", "is_noted"),
    [
        (ViolationKind.BAD_SIGNATURE, "other_key", True),
        (ViolationKind.NAME_CONSTRAINTS, "forbidden", True),
        (ViolationKind.NAME_CONSTRAINTS, "too_many", False),
        (ViolationKind.UNKNOWN_ISSUER, "search_given_up", False),
        (ViolationKind.WRONG_HOST, "names", False),
        (ViolationKind.SCTS_MISSING, "too_few", False),
    ],
)
def test_an_acceptance_of_what_is_refused_here_is_noted_where_both_look(
    kind: ViolationKind, detail: str, *, is_noted: bool
) -> None:
    path = verdict(LEAF, MIDDLE, roots=[ROOT]).path
    found = Verification(violations=(violation(kind, detail),), path=path, sent=path)
    assert (second_opinion.disagreement(found, "") is not None) is is_noted
    assert second_opinion.disagreement(found, None) is None


def test_what_openssl_cannot_read_it_has_no_opinion_about() -> None:
    verifier = OpensslVerifier([ROOT.certificate, b"no certificate"])
    assert verifier.refusal([b"no certificate"]) is None
    chain = [LEAF.certificate, MIDDLE.certificate]
    assert [verifier.refusal(chain), verifier.refusal(chain)] == ["", ""]
