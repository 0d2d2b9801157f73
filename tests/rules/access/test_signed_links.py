"""Signed links: nobody makes one, stretches one, or uses it for something else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules.access import signed_links
from rules.access.signed_links import LinkRefusal, SignedLink, SignedPurpose

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
NEW, OLD, OTHER = b"n" * 32, b"o" * 32, b"x" * 32
KEYS = {"new": NEW, "old": OLD}
LINK = SignedLink(
    id=17,
    purpose=SignedPurpose.DOCUMENT,
    subject_kind="document",
    subject_id=5,
    client_id=3,
    method="GET",
    audience="",
    created_by="ada",
    created_at=NOON - timedelta(hours=1),
    expires_at=NOON + timedelta(hours=1),
    mail_id=None,
    withdrawn_at=None,
    withdrawn_by="",
    uses=0,
    used_at=None,
)


def refused(
    link: SignedLink,
    token: str,
    *,
    purpose: SignedPurpose = SignedPurpose.DOCUMENT,
    method: str = "GET",
    audience: str = "",
    now: datetime = NOON,
) -> LinkRefusal | None:
    shown = signed_links.read(token)
    assert shown
    assert shown[0] == link.id
    return signed_links.why_refused(link, shown[1], KEYS, purpose=purpose, method=method, audience=audience, now=now)


def test_a_link_is_followed_for_what_it_was_made_for() -> None:
    assert refused(LINK, signed_links.signed(LINK, KEYS)) is None


def test_what_was_signed_with_the_key_before_is_followed_and_with_another_is_not() -> None:
    assert refused(LINK, signed_links.signed(LINK, {"old": OLD})) is None
    assert refused(LINK, signed_links.signed(LINK, {"other": OTHER})) is LinkRefusal.FORGED
    assert signed_links.signed(LINK, KEYS) == signed_links.signed(LINK, {"new": NEW}), "the newest signs"


@pytest.mark.parametrize(
    "changed",
    [
        {"id": 18},
        {"purpose": SignedPurpose.DOWNLOAD},
        {"subject_id": 6},
        {"subject_kind": "invoice"},
        {"method": "POST"},
        {"expires_at": NOON + timedelta(hours=2)},
        {"audience": "user 7"},
    ],
    ids=str,
)
def test_each_thing_that_a_link_says_is_signed(changed: dict[str, object]) -> None:
    shown = signed_links.read(signed_links.signed(LINK, KEYS))
    assert shown
    other = replace(LINK, **changed)
    found = signed_links.why_refused(
        other, shown[1], KEYS, purpose=other.purpose, method=other.method, audience=other.audience, now=NOON
    )
    assert found is LinkRefusal.FORGED


def test_time_withdrawal_use_and_audience_each_refuse() -> None:
    token = signed_links.signed(LINK, KEYS)
    assert refused(LINK, token, now=LINK.expires_at - timedelta(seconds=1)) is None
    assert refused(LINK, token, now=LINK.expires_at) is LinkRefusal.EXPIRED
    assert refused(replace(LINK, withdrawn_at=NOON), token) is LinkRefusal.WITHDRAWN
    assert refused(LINK, token, purpose=SignedPurpose.DOWNLOAD) is LinkRefusal.OTHER_USE
    assert refused(LINK, token, method="POST") is LinkRefusal.OTHER_USE
    bound = replace(LINK, audience="user 7")
    token = signed_links.signed(bound, KEYS)
    assert refused(bound, token, audience="user 7") is None
    assert refused(bound, token, audience="user 8") is LinkRefusal.OTHER_AUDIENCE
    assert refused(bound, token) is LinkRefusal.OTHER_AUDIENCE


def test_who_shows_a_wrong_signature_learns_nothing_of_the_link() -> None:
    forged = f"17.{'A' * 43}"
    for link in (
        LINK,
        replace(LINK, withdrawn_at=NOON),
        replace(LINK, expires_at=NOON),
        replace(LINK, audience="user 7"),
    ):
        assert refused(link, forged) is LinkRefusal.FORGED


@pytest.mark.parametrize("place", range(len("17.") + 43))
def test_a_token_with_another_character_is_not_followed(place: int) -> None:
    token = signed_links.signed(LINK, KEYS)
    other = "A" if token[place] != "A" else "B"
    shown = signed_links.read(token[:place] + other + token[place + 1 :])
    assert shown is None or shown[0] != LINK.id or refused(LINK, f"17.{shown[1]}") is LinkRefusal.FORGED


@pytest.mark.parametrize(
    "text",
    ["", "17", "17.", f"0.{'A' * 43}", f"017.{'A' * 43}", f"{2**63}.{'A' * 43}", f"17.{'A' * 44}", f"17.{'A' * 43}\n"],
)
def test_what_is_no_token_is_not_looked_up(text: str) -> None:
    assert signed_links.read(text) is None
