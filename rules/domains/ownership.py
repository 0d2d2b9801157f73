"""Whether a domain is shown to be its client's: by our token, in a place where only the domain's owner can write.

    token ──challenges──> where it is looked for ──sightings──> assess ──> state, news, when to look again

Three places prove it. A **TXT** record has a name of its own. A **mail host** stands in the MX records: a person who
can set them decides where the domain's mail goes, which proves as much as an answer to a mail to postmaster. Its name
holds the token and ends in ``.invalid`` (RFC 6761), and it comes behind all other hosts, so that no mail is sent to it.
A **file** below ``/.well-known/`` (RFC 8615) proves control of the website.

A place that could not be seen says nothing: it neither verifies the domain nor counts as a miss.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rules.checks.changes import Change

LABEL: Final = "_nolapse-challenge"
PREFIX: Final = "nolapse-verification="
FILE: Final = "/.well-known/nolapse-verification.txt"
MAIL_SUFFIX: Final = ".nolapse-verification.invalid"
MAIL_PREFERENCE: Final = 65535
"""Behind every host that takes mail (RFC 5321, section 5.1)."""

MOST_MISSES: Final = 3
"""Misses in a row after which a verified domain loses its verification."""

MISSES_APART: Final = timedelta(hours=8)
"""A miss that comes sooner after the last one is not counted: three looks in one minute show one moment."""

_AFTER_A_MISS = timedelta(hours=10)
"""Later than ``MISSES_APART`` also when it is brought forward."""

_DAILY = timedelta(days=1)
_UNSEEN = timedelta(hours=1)
_SOONER_BY = 1 / 8
_WHILE_PENDING = (
    (timedelta(hours=2), timedelta(minutes=15)),
    (timedelta(days=2), timedelta(hours=1)),
    (timedelta(days=30), _DAILY),
)
"""How often, by the age of the token; after that only on demand."""


class OwnershipMethod(StrEnum):
    """Where the token is."""

    TXT = "txt"
    FILE = "file"
    MAIL_HOST = "mail_host"


class OwnershipState(StrEnum):
    """How far a domain's verification has come."""

    UNVERIFIED = "unverified"  # there is no token
    PENDING = "pending"  # there is one, and nobody has seen it
    VERIFIED = "verified"
    LOST = "lost"  # it was verified, and the token is not found any more


class SightingKind(StrEnum):
    """What was seen in one place."""

    FOUND = "found"
    NOTHING = "nothing"
    OTHER = "other"  # something else than the token
    UNSEEN = "unseen"  # nobody can say now


class OwnershipChangeKind(StrEnum):
    """What is news about a domain's verification."""

    VERIFIED = "ownership_verified"
    LOST = "ownership_lost"


@dataclass(frozen=True, slots=True)
class OwnershipChallenge:
    """A place where the token would prove something: a name, a URL; and what has to be there, to the letter."""

    method: OwnershipMethod
    where: str
    value: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in one place; ``detail`` says why nothing could be seen, where that is known."""

    method: OwnershipMethod
    kind: SightingKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The verification of a domain. Times are UTC.

    ``method`` is where the token was seen last, at ``seen_at``. ``misses`` are the counted re-checks in a row without
    it, the last at ``missed_at``. ``sightings`` are those of the newest look.
    """

    token: str
    begun_at: datetime
    state: OwnershipState = OwnershipState.PENDING
    method: OwnershipMethod | None = None
    verified_at: datetime | None = None
    seen_at: datetime | None = None
    lost_at: datetime | None = None
    misses: int = 0
    missed_at: datetime | None = None
    checked_at: datetime | None = None
    next_check_at: datetime | None = None
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnershipOutcome:
    """What follows from a look: the verification after it, and what is news."""

    ownership: Ownership
    changes: tuple[Change[OwnershipChangeKind], ...] = ()


def challenges(domain: str, token: str) -> tuple[OwnershipChallenge, ...]:
    """Return the places where the token of ``domain``, a registered name in A-labels, may stand."""
    return (
        OwnershipChallenge(OwnershipMethod.TXT, f"{LABEL}.{domain}", f"{PREFIX}{token}"),
        OwnershipChallenge(OwnershipMethod.FILE, f"https://{domain}{FILE}", f"{PREFIX}{token}"),
        OwnershipChallenge(OwnershipMethod.MAIL_HOST, domain, f"{token}{MAIL_SUFFIX}"),
    )


def in_turn(found: Sequence[OwnershipChallenge], method: OwnershipMethod | None) -> tuple[OwnershipChallenge, ...]:
    """Return challenges in the order in which they are looked at: the place that held the token last comes first."""
    return tuple(sorted(found, key=lambda one: one.method is not method))


def sighting(challenge: OwnershipChallenge, values: Sequence[str]) -> Sighting:
    """Return what the ``values`` in a challenge's place mean; they are compared to the letter.

    ``values`` are texts, or for a mail host MX records in zone text ("10 mail.bakery.example").
    """
    if challenge.method is OwnershipMethod.MAIL_HOST:
        values = [host for _, _, host in (one.partition(" ") for one in values) if host.endswith(MAIL_SUFFIX)]
    if challenge.value in values:
        return Sighting(challenge.method, SightingKind.FOUND)
    return Sighting(challenge.method, SightingKind.OTHER if values else SightingKind.NOTHING)


def assess(ownership: Ownership, seen: Sequence[Sighting], *, jitter: float, now: datetime) -> OwnershipOutcome:
    """Return what follows from a look at ``now``; ``jitter`` in [0, 1) brings the next one forward by up to an eighth.

    A token found in any place verifies the domain. A verified domain is lost where the place that held the token last
    is certainly without it, ``MOST_MISSES`` times in a row, each ``MISSES_APART`` or more after the one before.
    """
    looked = replace(ownership, checked_at=now, sightings=tuple(seen))
    found = next((one.method for one in seen if one.kind is SightingKind.FOUND), None)
    if found is not None:
        outcome = _token_found(looked, found, now)
    elif ownership.state is OwnershipState.VERIFIED and _is_missed(ownership, seen, now):
        outcome = _missed(looked, now)
    else:
        outcome = OwnershipOutcome(looked)
    return replace(outcome, ownership=_scheduled(outcome.ownership, jitter, now))


def _token_found(looked: Ownership, method: OwnershipMethod, now: datetime) -> OwnershipOutcome:
    seen = replace(looked, method=method, seen_at=now, misses=0, missed_at=None)
    if looked.state is OwnershipState.VERIFIED:
        return OwnershipOutcome(seen)
    verified = replace(seen, state=OwnershipState.VERIFIED, verified_at=now, lost_at=None)
    return OwnershipOutcome(verified, (Change(OwnershipChangeKind.VERIFIED, None, method),))


def _is_missed(before: Ownership, seen: Sequence[Sighting], now: datetime) -> bool:
    own = next((one for one in seen if one.method is before.method), None)
    if own is None or own.kind is SightingKind.UNSEEN:
        return False
    return before.missed_at is None or now - before.missed_at >= MISSES_APART


def _missed(looked: Ownership, now: datetime) -> OwnershipOutcome:
    missed = replace(looked, misses=looked.misses + 1, missed_at=now)
    if missed.misses < MOST_MISSES:
        return OwnershipOutcome(missed)
    lost = replace(missed, state=OwnershipState.LOST, lost_at=now)
    return OwnershipOutcome(lost, (Change(OwnershipChangeKind.LOST, looked.method, None),))


def _scheduled(ownership: Ownership, jitter: float, now: datetime) -> Ownership:
    wait = _wait(ownership, now)
    return replace(ownership, next_check_at=None if wait is None else now + wait * (1 - jitter * _SOONER_BY))


def _wait(ownership: Ownership, now: datetime) -> timedelta | None:
    if ownership.state is OwnershipState.PENDING:
        return next((often for age, often in _WHILE_PENDING if now - ownership.begun_at < age), None)
    if ownership.state is OwnershipState.VERIFIED and ownership.misses:
        return _AFTER_A_MISS
    if any(one.kind is SightingKind.UNSEEN and one.method is ownership.method for one in ownership.sightings):
        return _UNSEEN
    return _DAILY
