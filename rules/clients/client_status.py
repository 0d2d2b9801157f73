"""The state of what a client has, as the client and the world may know it: in few words, nothing of the inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SOON: Final = timedelta(days=30)
"""How long before an end it is said that it comes."""

MOST_THINGS: Final = 200
"""Domains, and endpoints, of a page; of more the number is said."""


class StatusKind(StrEnum):
    """What a thing is."""

    DOMAIN = "domain"
    CERTIFICATE = "certificate"


class PublicState(StrEnum):
    """How a thing is, the worst first."""

    ENDED = "ended"
    PROBLEM = "problem"
    SOON = "soon"
    UNKNOWN = "unknown"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """Something that is wrong: a kind of alert, and since when."""

    kind: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedThing:
    """A domain or a certificate as rows know it. Of an endpoint the name is its host, with the port beside it."""

    kind: StatusKind
    name: str
    port: int | None = None
    until: datetime | None
    checked_at: datetime | None
    problems: tuple[OpenProblem, ...] = ()


ENDINGS: Final = frozenset({"domain_expiry", "certificate_expiry"})
"""Alerts that say nothing beyond the end itself."""


def state(thing: WatchedThing, *, now: datetime) -> PublicState:
    """Return how a thing is. Of what has ended nothing else is said."""
    if thing.until is not None and thing.until <= now:
        return PublicState.ENDED
    if any(one.kind not in ENDINGS for one in thing.problems):
        return PublicState.PROBLEM
    if thing.until is not None and thing.until - now <= SOON:
        return PublicState.SOON
    return PublicState.UNKNOWN if thing.checked_at is None or thing.until is None else PublicState.WELL


def overall(states: Sequence[PublicState]) -> PublicState:
    """Return the worst of several states; well where there are none."""
    order = list(PublicState)
    return min(states, key=order.index, default=PublicState.WELL)
