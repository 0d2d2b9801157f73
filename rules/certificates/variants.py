"""Certificates that clients may meet at an address beside the one that a scan saw.

    machines   several servers behind one address, each with its own: a scan meets one of them
    kinds      one for each kind of key (ECDSA, RSA): a scan asks for the other kind once a day

Of two servers behind an address a scan that meets the sound one says nothing of the other. So a certificate that comes
back after another was seen in its place was never replaced, and what is not met stays until it was missed several times
in a row, and more often than ever before.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rules.certificates.faults import ORDER, Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, Finding
from rules.certificates.history import EndpointHistory
from rules.certificates.succession import came_when_due, succeeds

LEAST_MISSED, TIMES_THE_LONGEST = 6, 3
"""A machine is gone after so many scans in a row without it, and so many times the longest gap before it came back."""

AGAIN = timedelta(hours=20)
"""How long the other kind of key is not asked for: once a day, though a daily scan comes a little early."""


def key_kind(link: ChainLink) -> str:
    """Return the algorithm of a certificate's key: RSA, EC, Ed25519."""
    return link.key.partition("-")[0]


def with_unseen(
    seen: Sequence[AddressFinding], *, kinds_asked: Container[str], history: EndpointHistory
) -> tuple[AddressFinding, ...]:
    """Return what this scan saw of each address, followed by what it did not meet there and clients may.

    ``kinds_asked`` are the addresses that were asked for the other kind of key, and answered. An address that shows
    nothing says nothing of others.
    """
    before = history.finding.addresses if history.finding else ()
    known = {one.fingerprint for one in history.served}
    found = list[AddressFinding]()
    for address in dict.fromkeys(one.address for one in seen):
        now = [one for one in seen if one.address == address]
        then = [one for one in before if one.address == address]
        met = [replace(one, longest_gap=_longest_gap(one, then)) for one in now]
        unmet = list(_unmet(met, then, known, kinds_asked=address in kinds_asked))
        found += [_with_difference(one, unmet) for one in met] + unmet
    return tuple(found)


def ask_kinds_at(finding: Finding, *, now: datetime) -> datetime:
    """Return when to ask for the other kind of key again; with each scan while something is wrong with it."""
    faulty = any(one.other_kind and _worst(one) > 0 for one in finding.addresses)
    return now if faulty else now + AGAIN


def _longest_gap(one: AddressFinding, then: Sequence[AddressFinding]) -> int:
    """Return how many scans in a row have missed a certificate at the most before it came back."""
    same = [each for each in then if one.leaf and each.leaf and each.leaf.fingerprint == one.leaf.fingerprint]
    return max((max(each.longest_gap, each.missed) for each in same), default=0)


def _unmet(
    met: Sequence[AddressFinding], then: Sequence[AddressFinding], known: set[str], *, kinds_asked: bool
) -> Iterator[AddressFinding]:
    leaves = {key_kind(one.leaf): one.leaf for one in met if one.leaf}
    fingerprints = {one.fingerprint for one in leaves.values()}
    for one in then:
        if one.leaf is None or not leaves or one.leaf.fingerprint in fingerprints:
            continue
        in_its_place = leaves.get(key_kind(one.leaf))
        if in_its_place is None:
            if one.other_kind and not kinds_asked:
                yield replace(one, seen=False)
        elif _is_of_another_machine(one, came_back=in_its_place.fingerprint in known):
            yield replace(one, seen=False, missed=one.missed + 1)


def _is_of_another_machine(one: AddressFinding, *, came_back: bool) -> bool:
    """Say whether what was met last time, or is remembered, is still there though it was not met now."""
    if not one.missed:
        return came_back
    return one.missed + 1 < max(LEAST_MISSED, TIMES_THE_LONGEST * one.longest_gap)


def _with_difference(one: AddressFinding, unmet: Sequence[AddressFinding]) -> AddressFinding:
    """Add that machines behind the address serve different certificates of this one's kind of key."""
    others = [each.leaf for each in unmet if each.missed and each.leaf and one.leaf and _alike(each.leaf, one.leaf)]
    if one.leaf is None or not others:
        return one
    faults = (*one.faults, _difference([one.leaf, *others]))
    return replace(one, faults=tuple(sorted(faults, key=lambda each: ORDER[each.kind])))


def _alike(one: ChainLink, other: ChainLink) -> bool:
    return key_kind(one) == key_kind(other)


def _difference(leaves: Sequence[ChainLink]) -> Fault:
    """Return that machines differ: a note where each has a certificate of its own, as those of content networks do."""
    left_behind = any(succeeds(new, old) and came_when_due(new, old) for new in leaves for old in leaves)
    ends = sorted(one.not_after for one in leaves if one.not_after)
    return fault(
        FaultKind.MACHINES_DIFFER,
        "machines",
        severity=Severity.WARNING if left_behind else Severity.NOTE,
        count=len(leaves),
        first_end=ends[0].isoformat() if ends else "",
        last_end=ends[-1].isoformat() if ends else "",
    )


def _worst(one: AddressFinding) -> int:
    return max((each.severity for each in one.faults if each.severity > Severity.NOTE), default=0)
