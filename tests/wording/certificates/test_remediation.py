"""Every fault can be explained, and mended."""

import pytest

from rules.certificates.faults import FaultKind
from wording.certificates.remediation import REMEDIATION


@pytest.mark.parametrize("fault", FaultKind)
def test_each_fault_has_a_title_and_a_way_to_mend_it(fault: FaultKind):
    remediation = REMEDIATION[fault]

    assert remediation.title[0].isupper()
    assert not remediation.title.endswith(".")
    assert len(remediation.title) <= 50
    assert remediation.how.endswith(".")
    assert 40 <= len(remediation.how) <= 300


def test_titles_tell_faults_apart():
    assert len({one.title for one in REMEDIATION.values()}) == len(FaultKind)


def test_faults_stand_in_their_order():
    assert list(REMEDIATION) == list(FaultKind)
