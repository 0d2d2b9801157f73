"""A made-up Certificate Transparency log: it logs nothing, and signs that it did (RFC 6962, 3.2 and 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes

V1, PRECERTIFICATE, CERTIFICATE_TIMESTAMP = b"\0", b"\0\1", b"\0"
SHA256_WITH_ECDSA = b"\4\3"
NO_EXTENSIONS = b"\0\0"


@dataclass(frozen=True)
class Log:
    """A log and its key."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def sct(self, certificate: bytes, *, issuer: CertificateIssuerPublicKeyTypes, at: datetime) -> bytes:
        """Return the timestamp for a TBSCertificate without SCTs, which ``issuer`` is going to sign."""
        moment = int(at.timestamp() * 1000).to_bytes(8, "big")
        entry = sha256(_spki(issuer)).digest() + len(certificate).to_bytes(3, "big") + certificate
        signed = V1 + CERTIFICATE_TIMESTAMP + moment + PRECERTIFICATE + entry + NO_EXTENSIONS
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        log_id = sha256(_spki(self.key.public_key())).digest()
        return V1 + log_id + moment + NO_EXTENSIONS + SHA256_WITH_ECDSA + _with_length(signature)


def listed(timestamps: Iterable[bytes]) -> bytes:
    """Return a SignedCertificateTimestampList."""
    return _with_length(b"".join(map(_with_length, timestamps)))


def _with_length(content: bytes) -> bytes:
    return len(content).to_bytes(2, "big") + content


def _spki(key: CertificateIssuerPublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
