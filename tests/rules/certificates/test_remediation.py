"""Every fault can be explained, and mended."""

import pytest

from rules.certificates.faults import FaultKind
from rules.certificates.remediation import REMEDIATION


@pytest.mark.parametrize("fault", FaultKind)
def test_each_fault_has_a_title_and_a_way_to_mend_it(fault: FaultKind):
    mending = REMEDIATION[fault]

    assert mending.title[0].isupper()
    assert not mending.title.endswith(".")
    assert len(mending.title) <= 50
    assert mending.how.endswith(".")
    assert 40 <= len(mending.how) <= 300


def test_titles_tell_faults_apart():
    assert len({mending.title for mending in REMEDIATION.values()}) == len(FaultKind)


def test_faults_stand_in_their_order():
    assert list(REMEDIATION) == list(FaultKind)
