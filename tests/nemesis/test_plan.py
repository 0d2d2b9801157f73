"""The plan of faults is a function of its seed, and leaves out nothing."""

from itertools import islice

from tests.nemesis.faults import TABLE, known
from tests.nemesis.plan import rounds

KINDS = [one.kind for one in TABLE]


def test_the_same_seed_plans_the_same_and_another_one_does_not() -> None:
    assert list(islice(rounds(7, KINDS), 200)) == list(islice(rounds(7, KINDS), 200))
    assert list(islice(rounds(7, KINDS), 200)) != list(islice(rounds(8, KINDS), 200))


def test_each_kind_comes_before_any_comes_again() -> None:
    drawn = [fault.kind for one in islice(rounds(7, KINDS), len(KINDS)) for fault in one.faults][: len(KINDS)]
    assert sorted(drawn) == sorted(KINDS)


def test_each_fault_ends() -> None:
    assert all(0 <= fault.after_s < fault.until_s < 15 for one in islice(rounds(7, KINDS), 200) for fault in one.faults)


def test_kinds_have_names_of_their_own() -> None:
    assert len(known(can_fake_time=True, can_mount=True)) == len({*KINDS}) + 5
