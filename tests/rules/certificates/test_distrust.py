"""Distrusted authorities: by their root, and by the day of issue."""

from datetime import UTC, datetime

import pytest

from rules.certificates import distrust
from rules.certificates.distrust import DISTRUSTED
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import ChainLink, ChainRole
from tests.rules.certificates.findings import NOW, leaf
from wording.certificates import certificate_faults

ENTRUST = r"CN=Entrust Root Certification Authority - G2,O=Entrust\, Inc.,C=US"
SSL_COM = "CN=SSL.com TLS RSA Root CA 2022,O=SSL Corporation,C=US"


def chain(root: str, *, begins: datetime = NOW, between: str = "CN=Issuing CA,O=Any") -> tuple[ChainLink, ...]:
    return (
        leaf(begins=begins, issuer=between),
        leaf("02", role=ChainRole.INTERMEDIATE, subject=between, issuer=root),
        leaf("03", role=ChainRole.ROOT, subject=root, issuer=root),
    )


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    return datetime(year, month, number, hour, tzinfo=UTC)


def checked(*links: ChainLink) -> Fault:
    (found,) = distrust.check(links)
    return found


def test_what_was_issued_after_the_day_is_refused():
    found = checked(*chain(ENTRUST, begins=day(2024, 11, 12, 0)))

    assert (found.kind, found.severity) == (FaultKind.DISTRUSTED, Severity.CRITICAL)
    assert "Entrust" in certificate_faults.sentence(found)
    assert "2024-11-11" in certificate_faults.sentence(found)


def test_what_was_issued_before_works_and_needs_another_authority_next():
    found = checked(*chain(ENTRUST, begins=day(2024, 11, 11, 23)))

    assert found.severity is Severity.NOTE
    assert "another authority" in certificate_faults.sentence(found)


def test_an_authority_that_was_removed_is_refused_whatever_the_day():
    root = "CN=TrustCor RootCert CA-1,O=TrustCor Systems S. de R.L.,C=PA"

    assert checked(*chain(root, begins=day(2020, 1, 1))).severity is Severity.CRITICAL


def test_a_root_that_is_not_sent_is_known_by_what_it_signed():
    assert checked(*chain(ENTRUST)[:2]).kind is FaultKind.DISTRUSTED


def test_it_is_the_root_that_counts():
    assert distrust.check(chain(SSL_COM, between=r"CN=Entrust DV TLS CA,O=Entrust\, Inc.,C=US")) == ()


def test_other_authorities_are_fine():
    assert distrust.check(chain("CN=ISRG Root X1,O=Internet Security Research Group,C=US")) == ()
    assert distrust.check(()) == ()


@pytest.mark.parametrize("one", DISTRUSTED, ids=lambda one: one.name)
def test_each_decision_is_dated_and_has_its_source(one: distrust.Distrust):
    assert one.organisations
    assert one.source.startswith("https://")
    assert one.since <= NOW.date()
    assert one.issued_after is None or one.issued_after < one.since
    words = certificate_faults.sentence(
        checked(*chain(f"CN=Root,O={next(iter(one.organisations)).replace(',', chr(92) + ',')}"))
    )
    assert len(words) <= 200
