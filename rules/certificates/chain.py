"""A verified chain as it is shown: leaf first, as the path goes, and last what was sent and is no part of it."""

from rules.certificates.finding import ChainLink, ChainRole
from rules.x509.reading import Certificate
from rules.x509.verification import Verification

MOST_LINKS = 20
MOST_NAMES = 100
"""Certificates of a chain, and names of a certificate, that are kept; all of them are judged."""


def chain(verdict: Verification) -> tuple[ChainLink, ...]:
    """Return the certificates of a verdict; where no path was found, those that were sent."""
    sent = {one.fingerprint for one in verdict.sent}
    path = verdict.path or verdict.sent[:1]
    on_path = {one.fingerprint for one in path}
    strays = {one.fingerprint: one for one in verdict.sent if one.fingerprint not in on_path}
    found = [_link(one, _role(one, place), sent=one.fingerprint in sent) for place, one in enumerate(path)]
    found += [_link(one, ChainRole.STRAY, sent=True) for one in strays.values()]
    return tuple(found[:MOST_LINKS])


def _role(one: Certificate, place: int) -> ChainRole:
    if place == 0:
        return ChainRole.LEAF
    return ChainRole.ROOT if one.issuer == one.subject else ChainRole.INTERMEDIATE


def _link(one: Certificate, role: ChainRole, *, sent: bool) -> ChainLink:
    return ChainLink(
        role=role,
        sent=sent,
        subject=one.subject,
        issuer=one.issuer,
        serial=one.serial,
        not_before=one.not_before,
        not_after=one.not_after,
        names=(*one.names, *one.addresses)[:MOST_NAMES],
        key=one.key,
        key_id=one.key_id,
        signature=one.signature,
        fingerprint=one.fingerprint,
    )
