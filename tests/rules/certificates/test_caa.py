"""CAA records: who may issue (RFC 8659)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import caa
from rules.certificates.faults import FaultKind, Severity
from tests.rules.certificates.findings import HOST, leaf
from wording.certificates import certificate_faults

LE, DC, NOBODY = '0 issue "letsencrypt.org"', '0 issue "digicert.com"', '0 issue ";"'
WILD_DC = '0 issuewild "digicert.com"'


@pytest.mark.parametrize(
    ("records", "wildcard", "allowed"),
    [
        ((), False, None),
        ((LE,), False, {"letsencrypt.org"}),
        ((LE, DC), False, {"letsencrypt.org", "digicert.com"}),
        ((NOBODY,), False, set()),
        (('0 issue ""',), False, set()),
        ((LE, WILD_DC), False, {"letsencrypt.org"}),
        ((LE, WILD_DC), True, {"digicert.com"}),
        ((LE,), True, {"letsencrypt.org"}),
        ((WILD_DC,), False, None),
        (('0 iodef "mailto:a@agency.test"',), False, None),
        (('128 ISSUE "LetsEncrypt.ORG. ; accounturi=https://a.test/1"',), False, {"letsencrypt.org"}),
        (("0 issue letsencrypt.org",), False, {"letsencrypt.org"}),
        (("nonsense", "0", '0 issue "unclosed'), False, None),
    ],
)
def test_the_relevant_records_are_read(records: tuple[str, ...], wildcard: bool, allowed: set[str] | None):  # noqa: FBT001 - a column of the table
    assert caa.issuers(records, wildcard=wildcard) == allowed


def test_an_issuer_that_is_allowed_is_fine():
    assert caa.check(leaf(), (LE,), host=HOST) == ()
    assert caa.check(leaf(), (), host=HOST) == ()


def test_an_issuer_that_is_not_allowed_is_a_note():
    (found,) = caa.check(leaf(), (DC,), host=HOST)

    assert (found.kind, found.severity) == (FaultKind.CAA_MISMATCH, Severity.NOTE)
    assert "allow digicert.com to issue, not Let's Encrypt" in certificate_faults.sentence(found)


def test_where_nobody_may_issue_that_is_said():
    assert "allow nobody" in certificate_faults.sentence(caa.check(leaf(), (NOBODY,), host=HOST)[0])


def test_a_certificate_by_wildcard_is_judged_by_the_records_for_wildcards():
    wild = leaf(names=("*.agency.test",))

    assert caa.check(wild, (LE, WILD_DC), host=HOST) != ()
    assert caa.check(leaf(names=(HOST, "*.agency.test")), (LE, WILD_DC), host=HOST) == ()


def test_of_an_authority_that_is_not_known_nothing_is_said():
    assert caa.check(leaf(issuer="CN=Agency CA,O=Agency"), (LE,), host=HOST) == ()


@given(st.lists(st.text(max_size=60), max_size=5))
def test_records_are_strangers_texts(records: list[str]):
    for found in caa.check(leaf(), tuple(records), host=HOST):
        assert certificate_faults.sentence(found).isprintable()
        assert len(certificate_faults.sentence(found)) <= 200
