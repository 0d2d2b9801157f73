import time
from itertools import pairwise

import pytest

from rules.dns import mail_policy

CPU_S = 8.0  # of processor time: without a cap it is 2 ** 30 steps


def test_records_that_include_one_another_are_counted_to_an_end():
    circle = {"a.test": "v=spf1 include:b.test", "b.test": "v=spf1 include:a.test include:b.test"}
    assert mail_policy.lookups("v=spf1 include:a.test", circle) == 4


def test_a_thicket_of_includes_is_counted_in_time():
    names = [f"{number}.test" for number in range(30)]
    everyone = "v=spf1 " + " ".join(f"include:{name}" for name in names)
    began = time.process_time()
    assert mail_policy.lookups(everyone, dict.fromkeys(names, everyone)) > mail_policy.MOST_LOOKUPS
    pairs = {name: f"v=spf1 include:{after} include:{after}" for name, after in pairwise(names)}
    assert mail_policy.lookups("v=spf1 include:0.test", pairs) > mail_policy.MOST_LOOKUPS
    assert time.process_time() - began < CPU_S


@pytest.mark.parametrize(
    ("spf", "names"),
    [
        ("v=spf1 include:A.test. ?include:b.test redirect=c.test a:d.test -all", ("a.test", "b.test", "c.test")),
        ("v=spf1 include:%{d}.a.test include: include", ("",)),
    ],
)
def test_the_names_that_are_included_are_found(spf, names):
    assert mail_policy.included(spf) == names


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=spf1", True), ("v=spf1 -all", True), ("V=SPF1 -all", True), ("v=spf10", False), (" v=spf1", False)],
)
def test_an_spf_record_is_told_from_other_texts(text, is_one):
    assert mail_policy.is_spf(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=DMARC1; p=none", True), ("v = DMARC1;p=x", True), ("v=DMARC1", True), ("v=DMARC12", False), ("p=none", False)],
)
def test_a_dmarc_record_is_told_from_other_texts(text, is_one):
    assert mail_policy.is_dmarc(text) is is_one
