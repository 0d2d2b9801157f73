"""A domain's verification in sentences: its state, what to place where, what was seen there, and the alert."""

from datetime import datetime

from rules.domains.ownership import (
    MAIL_PREFERENCE,
    MOST_MISSES,
    Ownership,
    OwnershipChallenge,
    OwnershipMethod,
    OwnershipState,
    Sighting,
    SightingKind,
)
from rules.translatable import Translatable
from wording.messages import N_, _, ngettext, said

METHODS = {
    OwnershipMethod.TXT: N_("TXT record"),
    OwnershipMethod.FILE: N_("file"),
    OwnershipMethod.MAIL_HOST: N_("mail host"),
}
_STATES = {
    OwnershipState.UNVERIFIED: "Nobody has begun to verify that it is the client's.",
    OwnershipState.PENDING: "Our token has not been seen yet; one of the places below is enough.",
    OwnershipState.VERIFIED: "It was shown to be the client's by a {method} on {verified}; seen last on {seen}.",
    OwnershipState.LOST: "It was verified by a {method} on {verified}; since {lost} the token is not found any more.",
}
_HOW = {
    OwnershipMethod.TXT: "Add a TXT record at {where} with exactly this text:",
    OwnershipMethod.FILE: "Serve a text file at {where} with exactly this text:",
    OwnershipMethod.MAIL_HOST: (
        "Add an MX record to {where}, behind all others with the preference {preference}; no mail goes there:"
    ),
}
_SIGHTINGS = {
    SightingKind.FOUND: "the token is there",
    SightingKind.NOTHING: "nothing is there",
    SightingKind.OTHER: "something else is there",
    SightingKind.UNSEEN: "it could not be looked at",
}
WHAT_TO_DO = Translatable(
    "Ask the client who changed the zone or the website: the domain may be about to leave them. Put the token back, or"
    " verify the domain anew; its page says how."
)
SCAN_REFUSED = Translatable("its domain is not verified as the client's, which NOLAPSE_REQUIRE_VERIFIED asks for")
SCAN_WAITS = Translatable("its domain may be verified by then")


def standing(ownership: Ownership | None) -> str:
    """Return the state of a domain's verification: a sentence or two. None stands for one that nobody has begun."""
    if ownership is None:
        return _(_STATES[OwnershipState.UNVERIFIED])
    stands = _(_STATES[ownership.state]).format(
        method=said(_method(ownership)),
        verified=_day(ownership.verified_at),
        seen=_day(ownership.seen_at),
        lost=_day(ownership.lost_at),
    )
    if ownership.state is OwnershipState.VERIFIED and ownership.misses:
        return f"{stands} {_missed(ownership.misses)}"
    return stands


def _missed(number: int) -> str:
    return ngettext(
        "The last look did not find it; after {most} it counts as lost.",
        "The last {number} looks did not find it; after {most} it counts as lost.",
        number,
        most=MOST_MISSES,
    )


def _method(ownership: Ownership) -> str:
    return Translatable(METHODS[ownership.method]) if ownership.method else "-"


def how(challenge: OwnershipChallenge) -> str:
    """Return what to place where; the caller shows the value after it."""
    return _(_HOW[challenge.method]).format(where=challenge.where, preference=MAIL_PREFERENCE)


def seen(sighting: Sighting) -> str:
    """Return what was seen in one place, without a capital or a full stop."""
    found = _(_SIGHTINGS[sighting.kind])
    return f"{found}: {sighting.detail}" if sighting.detail else found


def headline(domain: str) -> Translatable:
    """Return the alarm of a lost verification in one line."""
    return Translatable("{domain} is not verified any more: our token is gone", domain=domain)


def facts(client_name: str, ownership: Ownership) -> tuple[tuple[str, str], ...]:
    """Return what the alert says: pairs of a label and a value."""
    return (
        ("Client", client_name),
        ("Verified", Translatable("{day}, by {method}", day=_day(ownership.verified_at), method=_method(ownership))),
        ("Seen last", _day(ownership.seen_at)),
    )


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "-"
