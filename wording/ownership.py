"""A domain's verification in sentences: how it stands, what to place where, what was seen there, what is told."""

from datetime import datetime

from rules.domains.ownership import (
    MAIL_PREFERENCE,
    MOST_MISSES,
    Challenge,
    Ownership,
    OwnershipMethod,
    OwnershipState,
    Sighting,
    SightingKind,
)
from rules.translatable import Translatable

METHODS = {
    OwnershipMethod.TXT: "TXT record",
    OwnershipMethod.FILE: "file",
    OwnershipMethod.MAIL_HOST: "mail host",
}
_STATES = {
    OwnershipState.UNVERIFIED: "Nobody has begun to verify that it is the client's.",
    OwnershipState.PENDING: "Our token has not been seen yet; one of the places below is enough.",
    OwnershipState.VERIFIED: "It was shown to be the client's by a {method} on {verified}; seen last on {seen}.",
    OwnershipState.LOST: "It was verified by a {method} on {verified}; since {lost} the token is not found any more.",
}
_MISSED = " The last {number} did not find it; after {most} it counts as lost."
_HOW = {
    OwnershipMethod.TXT: "Add a TXT record at {where} with exactly this text:",
    OwnershipMethod.FILE: "Serve a text file at {where} with exactly this text:",
    OwnershipMethod.MAIL_HOST: (
        f"Add an MX record to {{where}}, behind all others with the preference {MAIL_PREFERENCE}; no mail goes there:"
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
SCAN_REFUSED = "its domain is not verified as the client's, which NOLAPSE_REQUIRE_VERIFIED asks for"
SCAN_WAITS = "its domain may be verified by then"


def standing(ownership: Ownership | None) -> str:
    """Return how a domain's verification stands: a sentence or two. None stands for one that nobody has begun."""
    if ownership is None:
        return _STATES[OwnershipState.UNVERIFIED]
    said = _STATES[ownership.state].format(
        method=METHODS[ownership.method] if ownership.method else "",
        verified=_day(ownership.verified_at),
        seen=_day(ownership.seen_at),
        lost=_day(ownership.lost_at),
    )
    if ownership.state is OwnershipState.VERIFIED and ownership.misses:
        times = "look" if ownership.misses == 1 else f"{ownership.misses} looks"
        said += _MISSED.format(number=times, most=MOST_MISSES)
    return said


def how(challenge: Challenge) -> str:
    """Return what to place where; the value itself follows."""
    return _HOW[challenge.method].format(where=challenge.where)


def seen(sighting: Sighting) -> str:
    """Return what was seen in one place, without a capital or a full stop."""
    said = _SIGHTINGS[sighting.kind]
    return f"{said}: {sighting.detail}" if sighting.detail else said


def headline(domain: str) -> Translatable:
    """Return the alarm of a verification that is lost, in one line."""
    return Translatable("{domain} is not verified any more: our token is gone", domain=domain)


def facts(client_name: str, ownership: Ownership) -> tuple[tuple[str, str], ...]:
    """Return what the alert says: pairs of a label and a value."""
    return (
        ("Client", client_name),
        ("Verified", f"{_day(ownership.verified_at)}, by {METHODS[ownership.method] if ownership.method else '-'}"),
        ("Seen last", _day(ownership.seen_at)),
    )


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "-"
