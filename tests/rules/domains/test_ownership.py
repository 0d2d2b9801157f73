"""A verification, decided: what is seen verifies, what is gone for long enough is lost, silence says nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.domains import ownership
from rules.domains.ownership import (
    MISSES_APART,
    MOST_MISSES,
    Ownership,
    OwnershipChangeKind,
    OwnershipMethod,
    OwnershipOutcome,
    OwnershipState,
    Sighting,
    SightingKind,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOKEN = "5d1f0c0b6ad5b3c35d1f0c0b6ad5b3c3"
PENDING = Ownership(token=TOKEN, begun_at=NOW)
DAY = timedelta(days=1)


def saw(**seen: SightingKind) -> list[Sighting]:
    return [Sighting(OwnershipMethod(method), kind) for method, kind in seen.items()]


def looked(before: Ownership, *, at: datetime = NOW, **seen: SightingKind) -> OwnershipOutcome:
    return ownership.assess(before, saw(**seen), jitter=0.0, now=at)


def found_by(method: OwnershipMethod) -> OwnershipOutcome:
    return ownership.assess(PENDING, [Sighting(method, SightingKind.FOUND)], jitter=0.0, now=NOW)


VERIFIED = looked(PENDING, txt=SightingKind.FOUND).ownership


def missed(times: int, before: Ownership = VERIFIED, *, kind: SightingKind = SightingKind.NOTHING) -> OwnershipOutcome:
    """Look so often, ten hours apart, and find the TXT record gone."""
    outcome = OwnershipOutcome(before)
    for number in range(times):
        outcome = looked(outcome.ownership, at=NOW + DAY + number * timedelta(hours=10), txt=kind)
    return outcome


class TestVerified:
    @pytest.mark.parametrize("method", OwnershipMethod)
    def test_a_token_found_anywhere_verifies_and_is_news(self, method: OwnershipMethod) -> None:
        outcome = found_by(method)
        found = outcome.ownership
        assert (found.state, found.method) == (OwnershipState.VERIFIED, method)
        assert (found.verified_at, found.seen_at, found.checked_at) == (NOW, NOW, NOW)
        assert [(one.kind, one.after) for one in outcome.changes] == [(OwnershipChangeKind.VERIFIED, method)]

    def test_found_again_is_no_news_and_moves_no_date(self) -> None:
        outcome = looked(VERIFIED, at=NOW + DAY, txt=SightingKind.FOUND)
        assert outcome.changes == ()
        assert (outcome.ownership.verified_at, outcome.ownership.seen_at) == (NOW, NOW + DAY)

    def test_a_token_that_has_moved_keeps_the_domain_verified(self) -> None:
        moved = looked(missed(2).ownership, at=NOW + 3 * DAY, txt=SightingKind.NOTHING, file=SightingKind.FOUND)
        assert (moved.ownership.state, moved.ownership.method) == (OwnershipState.VERIFIED, OwnershipMethod.FILE)
        assert (moved.ownership.misses, moved.changes) == (0, ())

    @pytest.mark.parametrize("kind", [SightingKind.NOTHING, SightingKind.OTHER, SightingKind.UNSEEN])
    def test_what_is_not_found_leaves_it_pending(self, kind: SightingKind) -> None:
        outcome = looked(PENDING, txt=kind, file=kind, mail_host=kind)
        assert (outcome.ownership.state, outcome.changes) == (OwnershipState.PENDING, ())
        assert {one.kind for one in outcome.ownership.sightings} == {kind}


class TestLost:
    @pytest.mark.parametrize("kind", [SightingKind.NOTHING, SightingKind.OTHER])
    def test_it_is_lost_at_the_last_of_so_many_misses_and_not_before(self, kind: SightingKind) -> None:
        before, lost = missed(MOST_MISSES - 1, kind=kind), missed(MOST_MISSES, kind=kind)
        assert (before.ownership.state, before.changes) == (OwnershipState.VERIFIED, ())
        assert lost.ownership.state is OwnershipState.LOST
        assert [(one.kind, one.before) for one in lost.changes] == [(OwnershipChangeKind.LOST, OwnershipMethod.TXT)]
        assert lost.ownership.verified_at == NOW, "when it was verified is still known"

    def test_many_looks_within_hours_are_one_miss(self) -> None:
        found = missed(1).ownership
        for number in range(10):
            found = looked(found, at=NOW + DAY + number * timedelta(minutes=1), txt=SightingKind.NOTHING).ownership
        assert (found.state, found.misses) == (OwnershipState.VERIFIED, 1)

    def test_what_nobody_can_say_now_never_counts(self) -> None:
        found = missed(MOST_MISSES - 1).ownership
        for number in range(100):
            found = looked(found, at=NOW + (10 + number) * DAY, txt=SightingKind.UNSEEN).ownership
        assert (found.state, found.misses) == (OwnershipState.VERIFIED, MOST_MISSES - 1)

    def test_another_place_that_cannot_be_looked_at_does_not_save_it(self) -> None:
        found = VERIFIED
        for number in range(MOST_MISSES):
            at = NOW + (1 + number) * DAY
            found = looked(found, at=at, txt=SightingKind.NOTHING, file=SightingKind.UNSEEN).ownership
        assert found.state is OwnershipState.LOST

    def test_a_miss_is_forgotten_once_the_token_is_seen(self) -> None:
        seen = looked(missed(MOST_MISSES - 1).ownership, at=NOW + 5 * DAY, txt=SightingKind.FOUND)
        assert (seen.ownership.misses, seen.ownership.missed_at) == (0, None)

    def test_found_after_it_was_lost_is_news(self) -> None:
        back = looked(missed(MOST_MISSES).ownership, at=NOW + 9 * DAY, file=SightingKind.FOUND)
        assert (back.ownership.state, back.ownership.lost_at) == (OwnershipState.VERIFIED, None)
        assert [one.kind for one in back.changes] == [OwnershipChangeKind.VERIFIED]

    def test_lost_is_news_once(self) -> None:
        again = looked(missed(MOST_MISSES).ownership, at=NOW + 9 * DAY, txt=SightingKind.NOTHING)
        assert (again.ownership.state, again.changes) == (OwnershipState.LOST, ())


class TestNext:
    @pytest.mark.parametrize(
        ("age", "wait"),
        [
            (timedelta(), timedelta(minutes=15)),
            (timedelta(hours=3), timedelta(hours=1)),
            (timedelta(days=3), DAY),
            (timedelta(days=40), None),
        ],
    )
    def test_a_young_token_is_looked_for_often_and_an_old_one_on_demand(
        self, age: timedelta, wait: timedelta | None
    ) -> None:
        at = NOW + age
        found = looked(PENDING, at=at, txt=SightingKind.NOTHING).ownership
        assert found.next_check_at == (None if wait is None else at + wait)

    def test_a_verified_one_daily_and_soon_where_its_place_could_not_be_seen(self) -> None:
        assert VERIFIED.next_check_at == NOW + DAY
        unseen = looked(VERIFIED, txt=SightingKind.UNSEEN).ownership
        assert unseen.next_check_at == NOW + timedelta(hours=1)

    @given(st.floats(0, 1, exclude_max=True))
    def test_after_a_miss_the_next_look_counts_whatever_the_jitter(self, jitter: float) -> None:
        found = ownership.assess(VERIFIED, saw(txt=SightingKind.NOTHING), jitter=jitter, now=NOW).ownership
        assert found.next_check_at
        assert found.missed_at
        assert found.next_check_at - found.missed_at >= MISSES_APART


class TestPlaces:
    def test_each_method_has_its_place_and_the_token_in_it(self) -> None:
        places = {one.method: (one.where, one.value) for one in ownership.challenges("bakery.test", TOKEN)}
        assert places == {
            OwnershipMethod.TXT: ("_nolapse-challenge.bakery.test", f"nolapse-verification={TOKEN}"),
            OwnershipMethod.FILE: (
                "https://bakery.test/.well-known/nolapse-verification.txt",
                f"nolapse-verification={TOKEN}",
            ),
            OwnershipMethod.MAIL_HOST: ("bakery.test", f"{TOKEN}.nolapse-verification.invalid"),
        }

    def test_the_place_that_verified_it_is_looked_at_first(self) -> None:
        places = ownership.challenges("bakery.test", TOKEN)
        order = [one.method for one in ownership.in_turn(places, OwnershipMethod.MAIL_HOST)]
        assert order == [OwnershipMethod.MAIL_HOST, OwnershipMethod.TXT, OwnershipMethod.FILE]

    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ((), SightingKind.NOTHING),
            ((f"nolapse-verification={TOKEN}",), SightingKind.FOUND),
            (("v=spf1 -all", f"nolapse-verification={TOKEN}"), SightingKind.FOUND),
            ((f"nolapse-verification={TOKEN} ",), SightingKind.OTHER),
            ((f"Nolapse-verification={TOKEN}",), SightingKind.OTHER),
            ((f"nolapse-verification={TOKEN[:-1]}",), SightingKind.OTHER),
            ((f"nolapse-verification={TOKEN}0",), SightingKind.OTHER),
            ((f'"nolapse-verification={TOKEN}"',), SightingKind.OTHER),
            ((TOKEN,), SightingKind.OTHER),
        ],
    )
    def test_a_text_is_compared_to_the_letter(self, values: tuple[str, ...], kind: SightingKind) -> None:
        txt, *_ = ownership.challenges("bakery.test", TOKEN)
        assert ownership.sighting(txt, values).kind is kind

    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            (("10 mail.bakery.test",), SightingKind.NOTHING),
            (("10 mail.bakery.test", f"65535 {TOKEN}.nolapse-verification.invalid"), SightingKind.FOUND),
            ((f"0 {TOKEN}.nolapse-verification.invalid",), SightingKind.FOUND),
            (("65535 other.nolapse-verification.invalid",), SightingKind.OTHER),
            ((f"65535 {TOKEN}.nolapse-verification.invalid.evil.test",), SightingKind.NOTHING),
            ((f"65535 x{TOKEN}.nolapse-verification.invalid",), SightingKind.OTHER),
        ],
    )
    def test_a_mail_host_is_one_of_the_mx_records(self, values: tuple[str, ...], kind: SightingKind) -> None:
        *_, mail_host = ownership.challenges("bakery.test", TOKEN)
        assert ownership.sighting(mail_host, values).kind is kind


@given(st.lists(st.tuples(st.sampled_from(SightingKind), st.integers(0, 72)), max_size=30))
def test_only_certain_misses_far_enough_apart_lose_a_domain(looks: list[tuple[SightingKind, int]]) -> None:
    found, now, counted, last = VERIFIED, NOW, 0, None
    for kind, hours in looks:
        now += timedelta(hours=hours)
        before, found = found.state, looked(found, at=now, txt=kind).ownership
        if kind is SightingKind.FOUND:
            counted, last = 0, None
        elif kind is not SightingKind.UNSEEN and (last is None or now - last >= MISSES_APART):
            counted, last = counted + 1, now
        if before is OwnershipState.VERIFIED:
            assert (found.state is OwnershipState.LOST) == (counted >= MOST_MISSES)


def test_nothing_else_of_it_changes_by_a_look() -> None:
    found = looked(PENDING, txt=SightingKind.NOTHING).ownership
    assert replace(found, checked_at=None, next_check_at=None, sightings=()) == PENDING
