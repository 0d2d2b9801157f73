"""The client status, as the client and the world may know it: in few words, without internals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SOON: Final = timedelta(days=30)
"""How long before its end a thing is shown as ending soon."""

MOST_THINGS: Final = 200
"""The most domains, and the most endpoints, on a page; of the others only their number is given."""


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
    """Return the state of a thing. An end outweighs all problems."""
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
