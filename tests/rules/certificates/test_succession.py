"""Roll-outs, told from certificates that always lived side by side."""

from datetime import timedelta

import pytest

from rules.certificates.finding import ChainLink
from rules.certificates.history import EndpointHistory
from rules.certificates.succession import RollOut, rollout, succeeds
from tests.rules.certificates.findings import DAY, HOUR, MINUTE, NOW, address_finding, finding, leaf, scanned

A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"
OLD = leaf("old", begins=NOW - 60 * DAY)
NEW = leaf("new", begins=NOW - HOUR)


def rolled_out(*leafs: ChainLink, history: EndpointHistory | None = None) -> RollOut | None:
    return rollout(list(zip((A, B, C), leafs, strict=False)), history=history or EndpointHistory(), now=NOW)


def test_the_next_certificate_for_the_same_names_succeeds():
    assert succeeds(NEW, OLD)
    assert not succeeds(OLD, NEW)
    assert not succeeds(OLD, OLD)


@pytest.mark.parametrize(
    "other",
    [
        leaf("x", begins=NOW, names=("shop.agency.test",)),
        leaf("x", begins=NOW, key="RSA-2048"),
        leaf("x", begins=NOW, life=timedelta(hours=1)),
        leaf("x", not_after=None),
    ],
    ids=["other names", "another kind of key", "ends sooner", "no dates"],
)
def test_what_lives_beside_it_does_not(other: ChainLink):
    assert not succeeds(other, OLD)


@pytest.mark.parametrize("names", [("www.agency.test", "shop.agency.test"), ("www.agency.test",)])
def test_names_may_be_added_and_left_out(names: tuple[str, ...]):
    older = leaf("o", begins=NOW - 60 * DAY, names=("www.agency.test", "shop.agency.test", "blog.agency.test"))
    newer = leaf("n", begins=NOW - DAY, names=names)

    assert succeeds(newer, older)
    assert succeeds(leaf("x", begins=NOW, names=older.names), newer)


def test_without_names_it_is_not_known_to_be_the_same():
    assert not succeeds(leaf("x", begins=NOW, names=()), OLD)


def test_a_larger_key_is_of_the_same_kind():
    assert succeeds(leaf("x", begins=NOW, key="EC-384"), OLD)


def test_some_addresses_with_the_new_certificate_are_a_rollout():
    found = rolled_out(
        OLD,
        NEW,
        OLD,
        history=scanned(finding(address_finding(A, OLD), address_finding(B, OLD), address_finding(C, OLD))),
    )

    assert found
    assert (found.old, found.new, found.behind) == (OLD, NEW, (A, C))


def test_addresses_that_agree_are_none():
    assert rolled_out(NEW, NEW) is None


def test_hosts_with_certificates_of_their_own_are_none():
    """Each host of a content network renews its own: nobody moved away from what another still serves."""
    third = leaf("third", begins=NOW - 100 * DAY)
    before = scanned(finding(address_finding(A, OLD), address_finding(B, third)))

    assert rolled_out(OLD, NEW, history=before) is None


def test_without_history_it_counts_whether_the_old_one_was_due():
    soon_after = leaf("new", begins=NOW - 50 * DAY)

    assert rolled_out(OLD, NEW)
    assert rolled_out(OLD, soon_after) is None


def test_a_replacement_out_of_turn_is_a_rollout_where_it_was_seen_to_come():
    soon_after = leaf("new", begins=NOW - 50 * DAY)
    before = scanned(finding(address_finding(A, OLD), address_finding(B, OLD)))

    assert rolled_out(OLD, soon_after, history=before)


def test_a_rollout_goes_on_once_it_has_begun():
    history = EndpointHistory(
        finding=finding(address_finding(A, OLD), address_finding(B, NEW)), differing_since=NOW - 3 * HOUR
    )
    found = rolled_out(OLD, NEW, history=history)

    assert found
    assert found.since == NOW - 3 * HOUR


def running(*, left: timedelta, for_: timedelta) -> RollOut:
    return RollOut(old=leaf("o", begins=NOW + left - 90 * DAY), new=NEW, behind=(A,), since=NOW - for_)


@pytest.mark.parametrize(
    ("left", "for_", "in_grace"),
    [
        (30 * DAY, 119 * MINUTE, True),
        (30 * DAY, 121 * MINUTE, False),
        (12 * HOUR, 59 * MINUTE, True),
        (12 * HOUR, 61 * MINUTE, False),
        (-MINUTE, timedelta(0), False),
    ],
)
def test_the_grace_is_shorter_where_the_old_one_ends_soon(left: timedelta, for_: timedelta, in_grace: bool):  # noqa: FBT001 - a column of the table
    assert running(left=left, for_=for_).in_grace(NOW) is in_grace
