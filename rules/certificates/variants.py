"""Several certificates at one address: what clients may meet there though a scan did not.

    machines   several servers behind one address, each with its own: a scan meets one of them
    kinds      one for each kind of key (ECDSA, RSA): a scan asks for the other kind once a day

Where two servers stand behind an address, a scan that meets the sound one says nothing of the other. So a certificate
that comes back after another was seen in its place was never replaced. What is not met is kept until it was missed many
times in a row, and several times the longest gap after which it came back. Where the same certificate is served in two
ways, or alternates with silence, nothing is kept until both have come back: so a person who mends a server sees that at
once. What a machine shows is its face. Silence is a face too; it is forgotten once the address has answered several
times in a row, because the server may only have restarted.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from rules.certificates.faults import ORDER, Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, Finding
from rules.certificates.history import PASSING, EndpointHistory
from rules.certificates.succession import came_when_due, succeeds

LEAST_MISSED, LEAST_MISSED_OF_CERTIFICATES, TIMES_THE_LONGEST = 6, 9, 3
"""A machine is gone after so many scans in a row without it, and after so many times its longest gap.

The first number is for a machine that does not answer, the second for one that shows a certificate, the third for the
gap. By chance, one of three machines is missed six times in a row each eleventh time, and nine times each fortieth.
"""

AGAIN = timedelta(hours=20)
"""How long the other kind of key is not asked for: once a day, though a daily scan comes a little early."""


SILENCE = "silent"
"""The face of a machine that does not answer, whatever the reason."""

MOST_REMEMBERED = 24
"""Faces of an address that are remembered after others came in their place."""

_OF_A_MACHINE = frozenset(
    {
        FaultKind.NOT_TLS, FaultKind.NO_STARTTLS, FaultKind.HANDSHAKE_FAILED, FaultKind.OLD_PROTOCOL,
        FaultKind.OUTDATED_HANDSHAKE, FaultKind.STAPLE_MISSING,
    }
)  # fmt: skip
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
    silent says nothing of its machines; one that answers only now and then has a machine that does not answer.
    """
    before = history.finding.addresses if history.finding else ()
    found = list[AddressFinding]()
    for address in dict.fromkeys(one.address for one in seen):
        now = [one for one in seen if one.address == address]
        then = [one for one in before if one.address == address]
        found += _compared(now, then, kinds_asked=address in kinds_asked) if then else now
    return tuple(found)


def ask_kinds_at(finding: Finding, *, now: datetime) -> datetime:
    """Return when to ask for the other kind of key again: with each scan while its certificate has a fault."""
    faulty = any(one.other_kind and _worst(one) > 0 for one in finding.addresses)
    return now if faulty else now + AGAIN


def was_silent(one: AddressFinding) -> bool:
    """Say whether an address that answers did not a few scans ago."""
    return SILENCE in one.shown_before


@dataclass(frozen=True, slots=True)
class _Faced:
    """What was found about an address, with what tells its machine from others."""

    finding: AddressFinding
    face: str

    @property
    def is_silent(self) -> bool:
        return self.face == SILENCE

    @property
    def came_back(self) -> bool:
        """Whether others were seen in its place before."""
        return self.face in self.finding.shown_before


def _compared(
    now: Sequence[AddressFinding], then: Sequence[AddressFinding], *, kinds_asked: bool
) -> list[AddressFinding]:
    """Return what an address shows, compared with what it showed before, followed by what was not met."""
    before = [_Faced(one, _face(one)) for one in then]
    met = _met([_Faced(one, _face(one)) for one in now], before)
    unmet = list(_unmet(met, before, kinds_asked=kinds_asked))
    return [_with_difference(one.finding, unmet) for one in met] + unmet


def _met(now: Sequence[_Faced], then: Sequence[_Faced]) -> list[_Faced]:
    displaced = _displaced(now, then)
    return [replace(one, finding=_met_again(one, then, displaced)) for one in now]


def _met_again(one: _Faced, then: Sequence[_Faced], displaced: Sequence[str]) -> AddressFinding:
    times = 1 + max((each.finding.times_met for each in then if each.finding.seen and each.face == one.face), default=0)
    before = tuple(face for face in displaced if face != SILENCE or times < LEAST_MISSED)
    return replace(one.finding, times_met=times, longest_gap=_longest_gap(one, then), shown_before=before)


def _longest_gap(one: _Faced, then: Sequence[_Faced]) -> int:
    """Return the largest number of scans in a row that missed a face before it came back.

    Where a face was taken for replaced, its count is forgotten: then the scans in a row that met what came in its place
    count, up to ``LEAST_MISSED``.
    """
    same = [each.finding for each in then if each.face == one.face]
    if not same and not one.is_silent:
        since = [each.finding.times_met for each in then if each.finding.seen and one.face in each.finding.shown_before]
        return min(max(since, default=0), LEAST_MISSED)
    return max((max(each.longest_gap, each.missed) for each in same), default=0)


def _face(one: AddressFinding) -> str:
    """Return a digest of what tells machines apart: the certificates that are sent, and how they are served."""
    if one.leaf is None and any(each.kind in PASSING for each in one.faults):
        return SILENCE
    sent = [link.fingerprint for link in one.chain if link.sent]
    kinds = sorted(each.kind for each in one.faults if each.kind in _OF_A_MACHINE)
    return sha256(" ".join([*sent, *kinds]).encode()).hexdigest()[:_DIGITS]


def _displaced(now: Sequence[_Faced], then: Sequence[_Faced]) -> tuple[str, ...]:
    """Return the faces in whose place another was seen, now or in an earlier scan, the newest first."""
    met = {one.face for one in now}
    gone = [one.face for one in then if one.face not in met]
    return tuple(dict.fromkeys((*gone, *(face for one in then for face in one.finding.shown_before))))[:MOST_REMEMBERED]


def _unmet(met: Sequence[_Faced], then: Sequence[_Faced], *, kinds_asked: bool) -> Iterator[AddressFinding]:
    faces = {one.face for one in met}
    if any(one.is_silent and not one.came_back for one in met):
        return
    for one in then:
        if one.face in faces:
            continue
        in_its_place = _in_its_place(one.finding, met)
        if in_its_place is None:
            if not kinds_asked:
                yield replace(one.finding, seen=False)
        elif _is_of_another_machine(one, in_its_place):
            yield replace(one.finding, seen=False, missed=one.finding.missed + 1)


def _in_its_place(one: AddressFinding, met: Sequence[_Faced]) -> _Faced | None:
    """Return what was met in place of ``one``; None for the other kind of key where no such certificate was met."""
    if one.other_kind:
        return next((each for each in met if _kind(each.finding) == _kind(one)), None)
    return next((each for each in met if not each.finding.other_kind), None)


def _kind(one: AddressFinding) -> str:
    return key_kind(one.leaf) if one.leaf else ""


def _is_of_another_machine(one: _Faced, in_its_place: _Faced) -> bool:
    """Say whether what was met last time, or is remembered, is still there though it was not met now."""
    then, now = one.finding, in_its_place.finding
    if then.missed:
        least = LEAST_MISSED if one.is_silent else LEAST_MISSED_OF_CERTIFICATES
        return then.missed + 1 < max(least, TIMES_THE_LONGEST * then.longest_gap)
    is_same = not (then.leaf and now.leaf) or then.leaf.fingerprint == now.leaf.fingerprint
    return in_its_place.came_back and (one.came_back or not is_same)


def _with_difference(one: AddressFinding, unmet: Sequence[AddressFinding]) -> AddressFinding:
    """Add the fault that machines differ, where others may be met in this one's place."""
    others = [each for each in unmet if each.missed and each.other_kind is one.other_kind]
    if not others:
        return one
    faults = (*one.faults, _difference([one, *others]))
    return replace(one, faults=tuple(sorted(faults, key=lambda each: ORDER[each.kind])))


def _difference(machines: Sequence[AddressFinding]) -> Fault:
    """Return the fault that machines differ: a warning where one was left behind at a renewal, else a note.

    Machines of content networks have a certificate each.
    """
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
