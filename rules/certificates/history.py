"""What is known of an endpoint over its scans: the last finding, what it served, and since when something has lasted.

    EndpointHistory -> assessment.assess -> Finding -> EndpointHistory.after -> scan_outcome -> the store

One value carries all that the next assessment needs, so a store that keeps it keeps everything.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding, ChainLink, Finding

MOST_SERVED = 60
"""Certificates that are remembered: a year of those that live six days, five years of longer ones."""

CERTAIN_AFTER = timedelta(minutes=10)
"""How long an address must have been silent, from one scan to another: one packet may be lost."""

PASSING = frozenset({FaultKind.UNREACHABLE, FaultKind.NOT_NOW})
"""Faults that may be over a moment later: beyond doubt once a second scan has found them."""

CONNECTION = PASSING | {FaultKind.NOT_TLS, FaultKind.NO_STARTTLS, FaultKind.HANDSHAKE_FAILED}
"""Faults that are found without a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedCertificate:
    """A certificate that some address of the endpoint served, once or still. Times are aware and UTC.

    Its texts are those of its ``ChainLink``; ``names`` and ``key`` tell apart certificates that are valid side by side.
    """

    fingerprint: str
    issuer: str
    serial: str
    key: str
    key_id: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    first_seen_at: datetime
    last_seen_at: datetime


def served(leaf: ChainLink, *, first: datetime, last: datetime) -> ServedCertificate | None:
    """Return a leaf as one that was served from ``first`` to ``last`` (aware); None where the leaf has no dates."""
    if leaf.not_before is None or leaf.not_after is None:
        return None
    return ServedCertificate(
        fingerprint=leaf.fingerprint,
        issuer=leaf.issuer,
        serial=leaf.serial,
        key=leaf.key,
        key_id=leaf.key_id,
        names=leaf.names,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        first_seen_at=first,
        last_seen_at=last,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHistory:
    """What is known of an endpoint; without a ``finding`` it was never scanned. Times are aware and UTC.

    ``scanned_at`` is the moment of ``finding``. ``leaf`` is the last certificate that was observed, ``early_issuer``
    the issuer above it that ended before it, and ``served`` all leaves, the newest first. ``open`` are the faults that
    were found and are not yet gone; they stay open while nothing can be observed. ``differing_since`` is when addresses
    first served a certificate and its successor; None where they do not. The last ``failures`` scans in a row did not
    reach the same address; ``failing_since`` is the first of them, None where there is none.
    """

    finding: Finding | None = None
    scanned_at: datetime | None = None
    leaf: ChainLink | None = None
    early_issuer: ChainLink | None = None
    served: tuple[ServedCertificate, ...] = ()
    open: tuple[FaultKind, ...] = ()
    differing_since: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0

    @property
    def ending(self) -> ChainLink | None:
        """The certificate that ended first of those that clients relied on when a leaf was last observed."""
        return self.early_issuer or self.leaf

    @property
    def failure_is_certain(self) -> bool:
        """Whether at least two scans, ``CERTAIN_AFTER`` or more apart, did not reach the same address."""
        if self.failing_since is None or self.scanned_at is None:
            return False
        return self.scanned_at - self.failing_since >= CERTAIN_AFTER

    @property
    def certain_faults(self) -> tuple[Fault, ...]:
        """The finding's faults that are more than notes and beyond doubt, worst first."""
        faults = self.finding.faults if self.finding else ()
        certain = self.failure_is_certain
        return tuple(one for one in faults if one.severity > Severity.NOTE and (certain or one.kind not in PASSING))

    def after(self, finding: Finding, *, now: datetime) -> "EndpointHistory":
        """Return what is known once ``finding`` has been made at ``now`` (aware)."""
        failed = bool(PASSING & set(finding.kinds))
        before = self if self._failed_alike(finding) else EndpointHistory()
        made = replace(
            self,
            finding=finding,
            scanned_at=now,
            leaf=finding.leaf or self.leaf,
            early_issuer=finding.early_issuer if finding.leaf else self.early_issuer,
            served=_served(self.served, finding, now=now),
            differing_since=self._differing_since(finding, now=now),
            failing_since=(before.failing_since or now) if failed else None,
            failures=before.failures + 1 if failed else 0,
        )
        found = {one.kind for one in made.certain_faults}
        kept = {kind for kind in self.open if not self._was_observed_again(kind, finding)}
        return replace(made, open=tuple(kind for kind in FaultKind if kind in found | kept))

    def _failed_alike(self, finding: Finding) -> bool:
        """Return whether a series of failures goes on: not where all silent addresses are others than last time."""
        before, again = _silent(self.finding) if self.finding else set[str](), _silent(finding)
        return not before or not again or bool(before & again)

    def _differing_since(self, finding: Finding, *, now: datetime) -> datetime | None:
        if FaultKind.ADDRESSES_DIFFER in finding.kinds:
            return self.differing_since or now
        return None if _all_serve(finding) else self.differing_since

    def _was_observed_again(self, kind: FaultKind, finding: Finding) -> bool:
        """Return whether the scan has seen the place of an open fault, and so would have found the fault again.

        An address that had it may show nothing now; one that is not resolved any more is no part of the endpoint.
        """
        if kind in PASSING:
            return kind not in finding.kinds and FaultKind.UNREACHABLE not in finding.kinds
        before = self.finding.addresses if self.finding else ()
        had_it = {each.address for each in before if any(one.kind is kind for one in each.faults)}
        now_there = [each for each in finding.addresses if not had_it or each.address in had_it]
        if not finding.addresses or (not now_there and finding.leaf is None):
            return False
        return all(_shows(each, kind) for each in now_there)


def _silent(finding: Finding) -> set[str]:
    return {each.address for each in finding.addresses if any(one.kind in PASSING for one in each.faults)}


def _shows(found: AddressFinding, kind: FaultKind) -> bool:
    if kind in CONNECTION:
        return all(one.kind not in PASSING for one in found.faults)
    return found.leaf is not None


def _all_serve(finding: Finding) -> bool:
    return bool(finding.addresses) and all(each.leaf for each in finding.addresses)


def _served(before: tuple[ServedCertificate, ...], finding: Finding, *, now: datetime) -> tuple[ServedCertificate, ...]:
    known = {one.fingerprint: one for one in before}
    for leaf in (each.leaf for each in finding.addresses if each.seen and each.leaf):
        first = known[leaf.fingerprint].first_seen_at if leaf.fingerprint in known else now
        if found := served(leaf, first=first, last=now):
            known[leaf.fingerprint] = found
    newest = sorted(known.values(), key=lambda one: (one.last_seen_at, one.not_before), reverse=True)
    return tuple(newest[:MOST_SERVED])
