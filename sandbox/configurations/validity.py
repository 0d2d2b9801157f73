"""Servers whose certificates are expired, not valid yet, or about to end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from rules.certificates.faults import FaultKind
from sandbox import pki
from sandbox.configurations.authorities import DAY, Authorities, Branch, configuration, host_of
from sandbox.configurations.configuration import Configuration


def faulty(made: Authorities) -> Iterator[Configuration]:
    now = made.now
    yield made.serving("expired", FaultKind.EXPIRED, not_after=now - DAY)
    yield made.serving("expired-a-second-ago", FaultKind.EXPIRED, not_after=now - timedelta(seconds=1))
    yield made.serving("expired-public", FaultKind.EXPIRED, branch=made.public, not_after=now - DAY)
    yield made.serving("valid-tomorrow", FaultKind.NOT_YET_VALID, not_before=now + DAY)
    yield made.serving("valid-in-an-hour", FaultKind.NOT_YET_VALID, not_before=now + timedelta(hours=1))
    yield from _issuers(made)
    yield made.serving("late-renewal", FaultKind.RENEWAL_LATE, not_before=now - 80 * DAY, not_after=now + 10 * DAY)


def _issuers(made: Authorities) -> Iterator[Configuration]:
    now, root = made.now, made.private_root
    expired = root.under("Sandbox Expired Issuer", not_before=now - 900 * DAY, not_after=now - DAY)
    yield made.serving("expired-issuer", FaultKind.EXPIRED_ISSUER, branch=expired)
    yield made.serving(
        "expired-with-its-issuer",
        FaultKind.EXPIRED,
        FaultKind.EXPIRED_ISSUER,
        branch=expired,
        not_before=now - 90 * DAY,
        not_after=now - 2 * DAY,
    )
    upper = root.under("Sandbox Expired Upper", not_before=now - 900 * DAY, not_after=now - DAY)
    yield made.serving("expired-upper-issuer", FaultKind.EXPIRED_ISSUER, branch=upper.under("Sandbox Lower"))
    old = made.trusting(Branch(pki.root("Sandbox Expired Root", not_after=now - DAY)))
    yield made.serving("expired-root", FaultKind.EXPIRED_ISSUER, branch=old.under("Sandbox Orphaned Issuer"))
    ending = root.under("Sandbox Ending Issuer", not_before=now - 900 * DAY, not_after=now + timedelta(hours=5))
    yield made.serving("ending-issuer", FaultKind.CHAIN_ENDING, branch=ending)
    short = made.trusting(Branch(pki.root("Sandbox Ending Root", not_after=now + 10 * DAY)))
    yield _both_kinds(made, "expired-beside-another-kind", FaultKind.EXPIRED, not_after=now - 3 * DAY)
    yield made.serving("ending-root", FaultKind.CHAIN_ENDING, branch=short.under("Sandbox Outlasting Issuer"))
    early = root.under("Sandbox Early Issuer", not_before=now + DAY)
    yield made.serving("issuer-valid-tomorrow", FaultKind.NOT_YET_VALID, branch=early)


def sound(made: Authorities) -> Iterator[Configuration]:
    now = made.now
    yield made.serving("begun-a-minute-ago", not_before=now - timedelta(minutes=1), not_after=now + 90 * DAY)
    yield made.serving("six-days", not_before=now - DAY, not_after=now + 5 * DAY)
    yield made.serving("ten-years", not_before=now - 365 * DAY, not_after=now + 3285 * DAY)
    yield _both_kinds(made, "both-kinds-of-keys", not_after=now + 60 * DAY)
    yield _cross_signed(made, "expired-cross-sign", pki.root("Sandbox Old Root"), ends=now - DAY)
    older = made.trusting(Branch(pki.root("Sandbox Older Root"))).issuer
    yield _cross_signed(made, "ending-cross-sign", older, ends=now + timedelta(hours=5))


def _both_kinds(made: Authorities, name: str, *faults: FaultKind, not_after: datetime) -> Configuration:
    """Return a server with a certificate for each kind of key; the one for the RSA key ends at ``not_after``."""
    found = made.serving(name, *faults)
    rsa = made.leaf(found.host, key=pki.kept_key("RSA-2048"), not_before=not_after - 90 * DAY, not_after=not_after)
    return replace(found, leaves=(found.leaf, rsa))


def _cross_signed(made: Authorities, name: str, old: pki.Issuer, *, ends: datetime) -> Configuration:
    """Return what half the web served when a cross-sign of ISRG Root X1 expired: the other path still holds."""
    crossed = old.again(made.private_root.issuer, not_before=made.now - 900 * DAY, not_after=ends)
    leaf = made.leaf(host_of(name))
    return configuration(name, leaves=(leaf,), sent=(*made.private.sent, crossed.certificate))
