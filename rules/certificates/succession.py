"""Which certificate succeeds which, and whether an endpoint's addresses are moving from one to the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rules.certificates.finding import ChainLink
from rules.certificates.history import EndpointHistory

GRACE = timedelta(hours=2)
GRACE_SHARE = 12
"""How long addresses may differ: two hours, or a twelfth of what the old certificate has left where that is less.

Hosts behind one name fetch a new certificate one after the other: by a hook at once, by configuration management at
its next run (half an hour is usual), through a content network within the hour. Two hours cover these; of an old
certificate that ends within a day they would be too much.
"""

HALF = 0.5
"""Renewals come in the second half of a certificate's life: what was issued earlier lives beside it, or replaces it
for a reason that only history can tell."""


class Dated(Protocol):
    """A certificate that can be compared: a link of a chain, or one that is remembered."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def key(self) -> str: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def not_after(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOut:
    """Some addresses (``behind``) still serve ``old`` where others serve ``new``. ``since`` is aware and UTC."""

    old: ChainLink
    new: ChainLink
    behind: tuple[str, ...]
    since: datetime

    def in_grace(self, now: datetime) -> bool:
        """Return whether it is too early to call it a fault; never once the old certificate has ended."""
        if self.old.not_after is None or self.old.not_after <= now:
            return False
        return now - self.since < min(GRACE, (self.old.not_after - now) / GRACE_SHARE)


def succeeds(newer: Dated, older: Dated) -> bool:
    """Return whether a certificate is the next one for the same names and kind of key.

    One with another kind of key lives beside it: servers offer ECDSA to some clients and RSA to others.
    """
    if not (newer.not_before and newer.not_after and older.not_before and older.not_after):
        return False
    is_later = newer.not_before > older.not_before and newer.not_after > older.not_after
    return is_later and _kind(newer) == _kind(older) and same_names(newer.names, older.names)


def same_names(newer: Iterable[str], older: Iterable[str]) -> bool:
    """Return whether two certificates are for the same names, or one has all names of the other and more."""
    new, old = set(newer), set(older)
    return new == old or (bool(new and old) and (new <= old or old <= new))


def rollout(served: Sequence[tuple[str, ChainLink]], *, history: EndpointHistory, now: datetime) -> RollOut | None:
    """Return the roll-out that ``served`` (address and certificate) shows, None where all agree, or always differed.

    Hosts of a content network may each have a certificate of their own for the same names. So it matters what an
    address served before: a roll-out is where it moved away from the certificate that others still serve. For an
    address without a history, it matters whether the newer certificate was issued when the older one was due.
    """
    pairs = [
        (old, new)
        for _, old in served
        for address, new in served
        if succeeds(new, old) and (history.differing_since or _moved(address, old, new, history))
    ]
    if not pairs:
        return None
    old, new = min(pairs, key=lambda pair: (pair[0].not_after or now, pair[0].fingerprint))
    behind = tuple(address for address, leaf in served if leaf.fingerprint == old.fingerprint)
    return RollOut(old=old, new=new, behind=behind, since=history.differing_since or now)


def _moved(address: str, old: ChainLink, new: ChainLink, history: EndpointHistory) -> bool:
    addresses = history.finding.addresses if history.finding else ()
    before = next((each.leaf for each in addresses if each.address == address and each.leaf), None)
    if before is None:
        return came_when_due(new, old)
    return before.fingerprint == old.fingerprint


def came_when_due(new: ChainLink, old: ChainLink) -> bool:
    """Return whether a certificate was issued when the older one was due to be renewed."""
    if not (new.not_before and old.not_before and old.not_after):
        return False
    return new.not_before - old.not_before >= HALF * (old.not_after - old.not_before)


def _kind(one: Dated) -> str:
    return one.key.partition("-")[0]
