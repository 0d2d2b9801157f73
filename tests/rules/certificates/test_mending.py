"""Every fault can be explained, and mended."""

import pytest

from rules.certificates.faults import Fault
from rules.certificates.mending import MENDING


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_has_a_title_and_a_way_to_mend_it(fault: Fault):
    mending = MENDING[fault]

    assert mending.title[0].isupper()
    assert not mending.title.endswith(".")
    assert len(mending.title) <= 50
    assert mending.how.endswith(".")
    assert 40 <= len(mending.how) <= 300


def test_titles_tell_faults_apart():
    assert len({mending.title for mending in MENDING.values()}) == len(Fault)


def test_faults_stand_in_their_order():
    assert list(MENDING) == list(Fault)
