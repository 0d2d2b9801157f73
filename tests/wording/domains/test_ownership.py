"""What is said of a domain's verification."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rules.domains import ownership as rules
from rules.domains.ownership import Ownership, OwnershipMethod, OwnershipState, Sighting, SightingKind
from wording.domains import ownership

AT = datetime(2026, 11, 23, tzinfo=UTC)
VERIFIED = Ownership(
    token="ab",
    begun_at=AT,
    state=OwnershipState.VERIFIED,
    method=OwnershipMethod.TXT,
    verified_at=AT,
    seen_at=AT,
)


def test_each_state_says_how_it_stands() -> None:
    lost = replace(VERIFIED, state=OwnershipState.LOST, lost_at=AT, misses=3)
    assert ownership.standing(None) == "Nobody has begun to verify that it is the client's."
    assert ownership.standing(replace(VERIFIED, state=OwnershipState.PENDING)).startswith("Our token has not been seen")
    assert ownership.standing(VERIFIED) == (
        "It was shown to be the client's by a TXT record on 2026-11-23; seen last on 2026-11-23."
    )
    assert ownership.standing(lost).endswith("since 2026-11-23 the token is not found any more.")


@pytest.mark.parametrize(("misses", "said"), [(1, "The last look did not"), (2, "The last 2 looks did not")])
def test_a_verified_one_that_is_missed_says_so(misses: int, said: str) -> None:
    assert said in ownership.standing(replace(VERIFIED, misses=misses))


def test_every_place_says_what_to_do_there() -> None:
    for one in rules.challenges("bakery.test", "ab"):
        assert one.where in ownership.how(one)


def test_what_was_seen_says_why() -> None:
    sighting = Sighting(OwnershipMethod.FILE, SightingKind.NOTHING, "the server answers 404")
    assert ownership.seen(sighting) == "nothing is there: the server answers 404"
