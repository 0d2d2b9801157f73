"""What is news between two scans of an endpoint: events with before and after.

A fault is news once it is beyond doubt, and over once its place has been seen again without it; notes are no news.
"""

from datetime import datetime
from enum import StrEnum

from rules.certificates import authorities
from rules.certificates.finding import AddressFinding, ChainLink
from rules.certificates.history import EndpointHistory
from rules.certificates.succession import succeeds
from rules.checks.changes import Change

_MOST_DIGITS = 40
"""Hexadecimal digits: a serial has up to 20 octets (RFC 5280, section 4.1.2.2)."""


class CertificateChangeKind(StrEnum):
    """What may be news between two scans. Events are stored by these words."""

    CERTIFICATE_CHANGED = "certificate_changed"
    ISSUER_CHANGED = "issuer_changed"
    EXPIRY_CHANGED = "expiry_changed"
    FAULT_FOUND = "fault_found"
    FAULT_MENDED = "fault_mended"
    ROLLOUT_BEGAN = "rollout_began"
    ROLLOUT_ENDED = "rollout_ended"


def changes(before: EndpointHistory, after: EndpointHistory) -> tuple[Change[CertificateChangeKind], ...]:
    """Return the news in ``after``, which is ``before`` with one finding more; of a first scan only faults are news."""
    found = (Change(CertificateChangeKind.FAULT_FOUND, None, fault) for fault in after.open if fault not in before.open)
    mended = (
        Change(CertificateChangeKind.FAULT_MENDED, fault, None) for fault in before.open if fault not in after.open
    )
    return (*_renewal(before, after), *_rollout(before, after), *found, *mended)


def _renewal(before: EndpointHistory, after: EndpointHistory) -> tuple[Change[CertificateChangeKind], ...]:
    old = before.leaf
    new = _successor(old, after) or after.leaf
    if old is None or new is None or _is_another_face(old, new, before, after):
        return ()
    ends = _iso(before.ending and before.ending.not_after), _iso(after.ending and after.ending.not_after)
    another_end = Change(CertificateChangeKind.EXPIRY_CHANGED, *ends)
    if old.fingerprint == new.fingerprint:
        return (another_end,) if ends[0] != ends[1] else ()
    key = "the same key" if old.key_id == new.key_id else "a new key"
    pairs = (
        (Change(CertificateChangeKind.CERTIFICATE_CHANGED, _named(old), f"{_named(new)}, {key}"), True),
        (Change(CertificateChangeKind.ISSUER_CHANGED, old.issuer, new.issuer), _issuer(old) != _issuer(new)),
        (another_end, ends[0] != ends[1]),
    )
    return tuple(change for change, is_news in pairs if is_news)


def _successor(old: ChainLink | None, after: EndpointHistory) -> ChainLink | None:
    """Return the successor of a certificate that is no longer served; another leaf may end before it."""
    leaves = [each.leaf for each in _addresses(after) if each.leaf]
    if old is None or any(one.fingerprint == old.fingerprint for one in leaves):
        return None
    return next((one for one in leaves if succeeds(one, old)), None)


def _is_another_face(old: ChainLink, new: ChainLink, before: EndpointHistory, after: EndpointHistory) -> bool:
    """Return whether ``new`` is a certificate that the endpoint has beside ``old``, and no replacement of it.

    It is that of another address, another machine or another kind of key: it was served before, or ``old`` is still
    served.
    """
    if old.fingerprint == new.fingerprint or succeeds(new, old):
        return False
    if any(each.leaf and each.leaf.fingerprint == old.fingerprint for each in _addresses(after)):
        return True
    places = {(each.address, each.other_kind, each.seen) for one in (before, after) for each in _addresses(one)}
    return len(places) > 1 and any(one.fingerprint == new.fingerprint for one in before.served)


def _addresses(history: EndpointHistory) -> tuple[AddressFinding, ...]:
    return history.finding.addresses if history.finding else ()


def _rollout(before: EndpointHistory, after: EndpointHistory) -> tuple[Change[CertificateChangeKind], ...]:
    if after.differing_since and not before.differing_since:
        return (Change(CertificateChangeKind.ROLLOUT_BEGAN, None, _newest(after)),)
    if before.differing_since and not after.differing_since:
        return (Change(CertificateChangeKind.ROLLOUT_ENDED, _newest(before), None),)
    return ()


def _newest(history: EndpointHistory) -> str:
    """Return the certificate that is rolled out: the one that ends last of those that addresses serve."""
    dated = [(each.leaf.not_after, each.leaf) for each in _addresses(history) if each.leaf and each.leaf.not_after]
    newest = max(dated, key=lambda pair: pair[0])[1] if dated else history.leaf
    return _named(newest) if newest else ""


def _named(leaf: ChainLink) -> str:
    return f"serial {leaf.serial[:_MOST_DIGITS]}, {leaf.key}"


def _issuer(leaf: ChainLink) -> str:
    """Return what tells issuers apart: an authority may use another of its intermediates with each renewal."""
    return authorities.organisation(leaf.issuer) or leaf.issuer


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
