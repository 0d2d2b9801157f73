"""Several certificates at one address: what a scan does not meet there, and clients may.

    machines   several servers behind one address, each with its own: a scan meets one of them
    kinds      one for each kind of key (ECDSA, RSA): a scan asks for the other kind once a day

Of two servers behind an address a scan that meets the sound one says nothing of the other. So a certificate that comes
back after another was seen in its place was never replaced, and what is not met stays until it was missed several times
in a row, and more often than ever before. Of one certificate that is served in two ways, or that is seen and then
nothing, that holds once both have come back: who mends a server is told so at once. Silence is a face as any other, and
is forgotten once the address has answered several times in a row: it may have restarted.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from rules.certificates.faults import ORDER, Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, Finding
from rules.certificates.history import PASSING, EndpointHistory
from rules.certificates.succession import came_when_due, succeeds

LEAST_MISSED, LEAST_MISSED_OF_CERTIFICATES, TIMES_THE_LONGEST = 6, 9, 3
"""A machine is gone after so many scans in a row without it, and so many times the longest gap before it came back.

The first is of one that does not answer. Chance misses one of three machines six times in a row each eleventh time, and
nine times each fortieth.
"""

AGAIN = timedelta(hours=20)
"""How long the other kind of key is not asked for: once a day, though a daily scan comes a little early."""


SILENCE = "silent"
"""The face of a machine that does not answer, whatever the reason."""

MOST_REMEMBERED = 24
"""Faces of an address that are remembered after others came in their place."""

_OF_A_MACHINE = frozenset(
    {
        *(FaultKind.NOT_TLS, FaultKind.NO_STARTTLS, FaultKind.HANDSHAKE_FAILED, FaultKind.OLD_PROTOCOL),
        *(FaultKind.OUTDATED_HANDSHAKE, FaultKind.STAPLE_MISSING),
    }
)
"""Faults of how a machine is set up, whatever certificate it has."""

_DIGITS = 16


def key_kind(link: ChainLink) -> str:
    """Return the algorithm of a certificate's key: RSA, EC, Ed25519."""
    return link.key.partition("-")[0]


def with_unseen(
    seen: Sequence[AddressFinding], *, kinds_asked: Container[str], history: EndpointHistory
) -> tuple[AddressFinding, ...]:
    """Return what this scan saw of each address, followed by what it did not meet there and clients may.

    ``kinds_asked`` are the addresses that were asked for the other kind of key, and answered. An address that falls
    silent says nothing of others; one that answers now and then has a machine that does not.
    """
    before = history.finding.addresses if history.finding else ()
    found = list[AddressFinding]()
    for address in dict.fromkeys(one.address for one in seen):
        now = [one for one in seen if one.address == address]
        then = [one for one in before if one.address == address]
        found += _compared(now, then, kinds_asked=address in kinds_asked) if then else now
    return tuple(found)


def ask_kinds_at(finding: Finding, *, now: datetime) -> datetime:
    """Return when to ask for the other kind of key again; with each scan while something is wrong with it."""
    faulty = any(one.other_kind and _worst(one) > 0 for one in finding.addresses)
    return now if faulty else now + AGAIN


def was_silent(one: AddressFinding) -> bool:
    """Say whether an address that answers did not a few scans ago."""
    return SILENCE in one.shown_before


def _compared(
    now: Sequence[AddressFinding], then: Sequence[AddressFinding], *, kinds_asked: bool
) -> list[AddressFinding]:
    """Return what an address showed, as it is beside what it showed before, followed by what was not met."""
    met = [_met(one, now, then) for one in now]
    unmet = list(_unmet(met, then, kinds_asked=kinds_asked))
    return [_with_difference(one, unmet) for one in met] + unmet


def _met(one: AddressFinding, now: Sequence[AddressFinding], then: Sequence[AddressFinding]) -> AddressFinding:
    times = 1 + max((each.times_met for each in then if each.seen and _face(each) == _face(one)), default=0)
    before = tuple(face for face in _displaced(now, then) if face != SILENCE or times < LEAST_MISSED)
    return replace(one, times_met=times, longest_gap=_longest_gap(one, then), shown_before=before)


def _longest_gap(one: AddressFinding, then: Sequence[AddressFinding]) -> int:
    """Return how many scans in a row have missed a face at the most before it came back.

    Of one that was taken for replaced meanwhile nothing is remembered but what was met since, which may have been long.
    """
    same = [each for each in then if _face(each) == _face(one)]
    if not same and not _is_silent(one):
        since = [each.times_met for each in then if each.seen and _face(one) in each.shown_before]
        return min(max(since, default=0), LEAST_MISSED)
    return max((max(each.longest_gap, each.missed) for each in same), default=0)


def _face(one: AddressFinding) -> str:
    """Return what tells machines apart: the certificates that are sent, and how; a digest of it."""
    if _is_silent(one):
        return SILENCE
    sent = [link.fingerprint for link in one.chain if link.sent]
    kinds = sorted(each.kind for each in one.faults if each.kind in _OF_A_MACHINE)
    return sha256(" ".join([*sent, *kinds]).encode()).hexdigest()[:_DIGITS]


def _is_silent(one: AddressFinding) -> bool:
    return one.leaf is None and any(each.kind in PASSING for each in one.faults)


def _displaced(now: Sequence[AddressFinding], then: Sequence[AddressFinding]) -> tuple[str, ...]:
    """Return the faces in whose place another was seen once, the newest first."""
    met = {_face(one) for one in now}
    gone = [_face(one) for one in then if _face(one) not in met]
    return tuple(dict.fromkeys((*gone, *(face for one in then for face in one.shown_before))))[:MOST_REMEMBERED]


def _came_back(one: AddressFinding) -> bool:
    return _face(one) in one.shown_before


def _unmet(
    met: Sequence[AddressFinding], then: Sequence[AddressFinding], *, kinds_asked: bool
) -> Iterator[AddressFinding]:
    faces = {_face(one) for one in met}
    if any(_is_silent(one) and not _came_back(one) for one in met):
        return
    for one in then:
        if _face(one) in faces:
            continue
        in_its_place = _in_its_place(one, met)
        if in_its_place is None:
            if not kinds_asked:
                yield replace(one, seen=False)
        elif _is_of_another_machine(one, in_its_place):
            yield replace(one, seen=False, missed=one.missed + 1)


def _in_its_place(one: AddressFinding, met: Sequence[AddressFinding]) -> AddressFinding | None:
    """Return what was met where it should have been; of the other kind of key nothing, where that was not asked for."""
    if one.other_kind:
        return next((each for each in met if _kind(each) == _kind(one)), None)
    return next((each for each in met if not each.other_kind), None)


def _kind(one: AddressFinding) -> str:
    return key_kind(one.leaf) if one.leaf else ""


def _is_of_another_machine(one: AddressFinding, in_its_place: AddressFinding) -> bool:
    """Say whether what was met last time, or is remembered, is still there though it was not met now."""
    if one.missed:
        least = LEAST_MISSED if _is_silent(one) else LEAST_MISSED_OF_CERTIFICATES
        return one.missed + 1 < max(least, TIMES_THE_LONGEST * one.longest_gap)
    is_same = not (one.leaf and in_its_place.leaf) or one.leaf.fingerprint == in_its_place.leaf.fingerprint
    return _came_back(in_its_place) and (_came_back(one) or not is_same)


def _with_difference(one: AddressFinding, unmet: Sequence[AddressFinding]) -> AddressFinding:
    """Add that machines behind the address are not alike, where others would have been met in this one's place."""
    others = [each for each in unmet if each.missed and each.other_kind is one.other_kind]
    if not others:
        return one
    faults = (*one.faults, _difference([one, *others]))
    return replace(one, faults=tuple(sorted(faults, key=lambda each: ORDER[each.kind])))


def _difference(machines: Sequence[AddressFinding]) -> Fault:
    """Return that machines differ: a note where each has a certificate of its own, as those of content networks do."""
    leaves = list({one.leaf.fingerprint: one.leaf for one in machines if one.leaf}.values())
    if len(leaves) < 2:  # noqa: PLR2004 - what differs is how it is served
        return fault(FaultKind.MACHINES_DIFFER, "setups", severity=Severity.NOTE, count=len(machines))
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
