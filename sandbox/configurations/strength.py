"""Servers whose certificates are too weak, too long-lived or not logged, and servers of every kind of key."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rules.certificates.faults import FaultKind
from sandbox import pki
from sandbox.configurations.authorities import DAY, Authorities, Branch, configuration, host_of
from sandbox.configurations.configuration import Configuration
from sandbox.sct import Log

SHORTER_SINCE = datetime(2026, 3, 15, tzinfo=UTC)
"""From here on a public certificate may live 200 days, before it 398 (CA/Browser Forum BR 6.3.2)."""

SECOND = timedelta(seconds=1)


def faulty(made: Authorities) -> Iterator[Configuration]:
    yield from _keys(made)
    yield from _signatures(made)
    yield from _lifetimes(made)
    yield from _logs(made)


def _logs(made: Authorities) -> Iterator[Configuration]:
    """Yield servers whose certificates have too few SCTs: browsers want two, and three for more than 180 days."""
    fault, public, since = FaultKind.SCTS_MISSING, made.public, made.now - 50 * DAY
    yield made.serving("no-scts", fault, branch=public, logs=())
    yield made.serving("one-sct", fault, branch=public, logs=(Log(),))
    yield made.serving("two-scts-for-190-days", fault, branch=public, not_before=since, not_after=since + 190 * DAY)


def _keys(made: Authorities) -> Iterator[Configuration]:
    for kind in ("P-521", "Ed25519"):
        yield made.serving(kind.lower(), FaultKind.OUTDATED_HANDSHAKE, key=pki.kept_key(kind))
    fault = FaultKind.WEAK_KEY
    yield made.serving("rsa-1024", fault, key=pki.kept_key("RSA-1024"))
    weak = made.private_root.under("Sandbox Weak Issuer", key=pki.kept_key("RSA-1024", "issuer"))
    yield made.serving("issuer-rsa-1024", fault, branch=weak)
    small = made.private_root.under("Sandbox Small Issuer", key=pki.new_key("P-192"))
    yield made.serving("issuer-p-192", fault, branch=small)


def _signatures(made: Authorities) -> Iterator[Configuration]:
    fault = FaultKind.WEAK_SIGNATURE
    rsa = _rsa_branch(made)
    yield made.serving("sha-1", fault, digest="sha1")
    yield made.serving("sha-1-rsa", fault, branch=rsa, digest="sha1")
    yield made.serving("md5", fault, branch=rsa, digest="md5")
    old = made.private_root.under("Sandbox SHA-1 Issuer", digest="sha1")
    yield made.serving("issuer-sha-1", fault, branch=old)


def _lifetimes(made: Authorities) -> Iterator[Configuration]:
    """Yield servers whose certificates live too long, by a day or a second; under the older rule while not late."""
    fault, public, since = FaultKind.LIFETIME_TOO_LONG, _well_logged(made), made.now - 50 * DAY
    yield made.serving("201-days", fault, branch=public, not_before=since, not_after=since + 201 * DAY)
    yield made.serving("200-days-and-a-second", fault, branch=public, not_before=since, not_after=since + 200 * DAY)
    since = SHORTER_SINCE - SECOND
    if made.now < since + 265 * DAY:  # later on its renewal would be late as well
        yield made.serving("399-days", fault, branch=public, not_before=since, not_after=since + 399 * DAY)


def sound(made: Authorities) -> Iterator[Configuration]:
    public, since = _well_logged(made), made.now - 50 * DAY
    yield made.serving("200-days", branch=public, not_before=since, not_after=since + 200 * DAY - SECOND)
    since = SHORTER_SINCE - SECOND
    if made.now < since + 265 * DAY:  # the same
        yield made.serving("398-days", branch=public, not_before=since, not_after=since + 398 * DAY - SECOND)
    for kind in ("P-384", "RSA-2048", "RSA-3072"):
        yield made.serving(kind.lower(), key=pki.kept_key(kind))
    yield made.serving("rsa-all-the-way", branch=_rsa_branch(made), key=pki.kept_key("RSA-2048"), digest="sha384")
    yield made.serving("three-scts", branch=public)
    yield _dual(made, "two-kinds-of-key", "P-256")
    yield _dual(made, "a-key-of-browsers-beside", "Ed25519")


def _dual(made: Authorities, name: str, kind: str) -> Configuration:
    leaves = [made.leaf(host_of(name), key=pki.kept_key(one)) for one in (kind, "RSA-2048")]
    return configuration(name, leaves=tuple(leaves), sent=made.private.sent)


def _well_logged(made: Authorities) -> Branch:
    """Return the public branch with the three logs that a long life takes."""
    return replace(made.public, fields={**made.public.fields, "logs": (Log(), Log(), Log())})


def _rsa_branch(made: Authorities) -> Branch:
    return made.private_root.under("Sandbox RSA Issuer", key=pki.kept_key("RSA-2048", "issuer"))
