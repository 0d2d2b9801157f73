"""What an authority of the sandbox says of its certificates later on: CRLs (RFC 5280, 5) and OCSP (RFC 6960)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from sandbox.pki import Issuer, Key

DELEGATE = (ExtendedKeyUsageOID.OCSP_SIGNING,)
"""The purpose of a certificate whose holder answers OCSP for its issuer (RFC 6960, 4.2.2.2)."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when an answer holds; ``until`` None: it states no end."""

    since: datetime
    until: datetime | None

    @classmethod
    def around(cls, moment: datetime) -> "Span":
        """Return a week of which a day is over."""
        return cls(moment - timedelta(days=1), moment + timedelta(days=6))


def crl(by: Issuer, revoked: Iterable[Issuer] = (), *, span: Span | None = None) -> bytes:
    """Return the list (DER) that ``by`` signs; ``span`` must have an end, and is around now where none is given."""
    span = span or Span.around(_now())
    if span.until is None:
        raise ValueError("a CRL says when the next one comes")
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.name)
    builder = builder.last_update(span.since).next_update(span.until)
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = builder.add_extension(authority, critical=False)
    for certificate in revoked:
        builder = builder.add_revoked_certificate(_entry(certificate, span))
    return builder.sign(by.key, _digest(by.key)).public_bytes(serialization.Encoding.DER)


def ocsp_response(
    leaf: Issuer, issuer: Issuer, *, revoked: bool = False, by: Issuer | None = None, span: Span | None = None
) -> bytes:
    """Return an answer (DER) about ``leaf``, signed by its issuer, or ``by`` another, whose certificate it contains."""
    span = span or Span.around(_now())
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.parsed,
        issuer=issuer.parsed,
        algorithm=hashes.SHA1(),  # noqa: S303 - the hash of CertID, which all responders use (RFC 9654, 3.1)
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=span.since,
        next_update=span.until,
        revocation_time=span.since if revoked else None,
        revocation_reason=None,
    )
    signer = by or issuer
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.parsed)
    if by:
        builder = builder.certificates([by.parsed])
    return builder.sign(signer.key, _digest(signer.key)).public_bytes(serialization.Encoding.DER)


def _entry(certificate: Issuer, span: Span) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(certificate.parsed.serial_number)
    return builder.revocation_date(span.since).build()


def _digest(key: Key) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
