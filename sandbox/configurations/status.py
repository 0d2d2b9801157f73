"""Servers of revoked certificates, and of those that promise a staple."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rules.certificates.faults import FaultKind
from rules.x509 import ocsp, reading
from sandbox import pki, revocation
from sandbox.configurations.authorities import DAY, Authorities, configuration, host_of
from sandbox.configurations.configuration import Configuration
from sandbox.revocation import Span


def faulty(made: Authorities) -> Iterator[Configuration]:
    yield from _revoked(made)
    yield made.serving("must-staple", FaultKind.STAPLE_MISSING, must_staple=True)
    fault = FaultKind.STAPLE_MISSING
    old = Span(made.now - 9 * DAY, made.now - 2 * DAY)
    yield _stapling(made, "staple-of-last-week", fault, must_staple=True, span=old)
    unknown = FaultKind.REVOCATION_UNKNOWN  # browsers ask elsewhere then, but GnuTLS refuses the certificate
    yield _stapling(made, "staple-of-last-week-unpromised", unknown, span=old)
    stranger = pki.root(made.private.issuer.name)
    yield _stapling(made, "staple-by-a-stranger", fault, must_staple=True, issuer=stranger)


def _revoked(made: Authorities) -> Iterator[Configuration]:
    fault, issuer = FaultKind.REVOKED, made.public.issuer
    branch = replace(made.public, fields={**made.public.fields, "crls_at": (made.files.url("revoked.crl"),)})
    found = made.serving("revoked", fault, branch=branch)
    made.publish_crl("revoked", issuer, [found.leaf])
    yield found
    root = made.private_root
    above = root.under("Sandbox Revoked Issuer", crls_at=(made.files.url("issuer-revoked.crl"),))
    made.publish_crl("issuer-revoked", root.issuer, [above.issuer])
    yield made.serving("issuer-revoked", fault, branch=above)
    yield _stapling(made, "revoked-by-staple", fault, revoked=True)
    yield _answering(made, "revoked-by-ocsp", fault, revoked=True)
    yield _stapling(made, "revoked-by-delegate", fault, revoked=True, by=_delegate(made))


def sound(made: Authorities) -> Iterator[Configuration]:
    yield _stapling(made, "stapled", must_staple=True)
    yield _stapling(made, "stapled-by-delegate", must_staple=True, by=_delegate(made))
    yield _answering(made, "good-by-ocsp")
    yield from _useless_lists(made)


def _useless_lists(made: Authorities) -> Iterator[Configuration]:
    """Yield servers whose CRL or OCSP answer cannot be had, or not be believed: that is a note."""
    note = FaultKind.REVOCATION_UNKNOWN
    gone = made.files.url("gone.crl")
    yield made.serving("crl-gone", branch=made.public, crls_at=(gone,)).noting(note)
    nobody = replace(made.private, fields={"ocsp_at": (made.files.url("nobody"),)})
    yield made.serving("ocsp-gone", branch=nobody).noting(note)
    old = Span(made.now - 9 * DAY, made.now - 2 * DAY)
    address = made.files.publish("old.crl", revocation.crl(made.public.issuer, span=old))
    yield made.serving("crl-of-last-week", branch=made.public, crls_at=(address,)).noting(note)
    address = made.files.url("stranger.crl")
    found = made.serving("crl-by-a-stranger", branch=made.public, crls_at=(address,))
    made.publish_crl("stranger", pki.root(made.public.issuer.name), [found.leaf])
    yield found.noting(note)


def _answering(made: Authorities, name: str, *faults: FaultKind, revoked: bool = False) -> Configuration:
    """Return a server whose certificate names no CRL, but an OCSP responder, which answers."""
    found = made.serving(name, *faults, ocsp_at=(made.files.url(f"ocsp-of-{name}"),))
    issuer = made.private.issuer
    where = ocsp.query_url(reading.read(found.leaf.certificate), reading.read(issuer.certificate))
    answer = revocation.ocsp_response(found.leaf, issuer, span=Span.around(made.now), revoked=revoked)
    made.files.publish(str(where).removeprefix(made.files.url("")), answer)
    return found


def _delegate(made: Authorities) -> pki.Issuer:
    return made.leaf("ocsp.configurations.test", purposes=revocation.DELEGATE)


def _stapling(
    made: Authorities, name: str, *faults: FaultKind, must_staple: bool = False, **answer: Any
) -> Configuration:
    """Return a server with a staple; ``answer`` may change its signer, its span, and what it says."""
    leaf = made.leaf(host_of(name), must_staple=must_staple)
    fields = {"span": Span.around(made.now), "issuer": made.private.issuer, **answer}
    staple = revocation.ocsp_response(leaf, fields.pop("issuer"), **fields)
    return configuration(name, *faults, leaves=(leaf,), sent=made.private.sent, staple=staple)
