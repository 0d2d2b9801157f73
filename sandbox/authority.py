"""A certificate authority that nobody trusts by default: it issues what each endpoint of the sandbox serves.

root (in the trust store) ── intermediate (sent by servers) ── leaf
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.truth import Chain, Endpoint

FOUNDED, DISSOLVED = datetime(2000, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
"""The authority's own certificates outlive every demo, so that only a leaf's dates are ever wrong."""

ELSEWHERE = "elsewhere.sandbox.test"
"""The host whose certificate an endpoint with the wrong host serves."""


@dataclass(frozen=True)
class Signer:
    """Who signs a certificate."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey


class Authority:
    """A root and an intermediate. All leaves share one key, so that hundreds are issued in well under a second."""

    def __init__(self) -> None:
        root, self._issuer = (Signer(_name(f"Nolapse Sandbox {part}"), _new_key()) for part in ("Root", "Issuer"))
        self._root = _authority(root, signer=root)
        self._intermediate = _authority(self._issuer, signer=root)
        self._leaf_key = _new_key()

    @cached_property
    def root_pem(self) -> bytes:
        """What a trust store needs in order to believe this authority."""
        return _pem(self._root)

    @cached_property
    def key_pem(self) -> bytes:
        """The private key of every leaf, unencrypted: it protects nothing."""
        return self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def chain_pem(self, endpoint: Endpoint) -> bytes:
        """Return the certificates that ``endpoint`` sends, leaf first."""
        leaf = self._leaf(endpoint)
        if endpoint.chain in {Chain.SELF_SIGNED, Chain.INCOMPLETE}:
            return _pem(leaf)
        return _pem(leaf) + _pem(self._intermediate)

    def _leaf(self, endpoint: Endpoint) -> x509.Certificate:
        host = ELSEWHERE if endpoint.chain is Chain.WRONG_HOST else endpoint.host
        itself = Signer(_name(host), self._leaf_key)
        signer = itself if endpoint.chain is Chain.SELF_SIGNED else self._issuer
        return (
            _certificate(itself, signer=signer)
            .not_valid_before(endpoint.not_before)
            .not_valid_after(endpoint.not_after)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(signer.key, hashes.SHA256())
        )


def _authority(subject: Signer, *, signer: Signer) -> x509.Certificate:
    return (
        _certificate(subject, signer=signer)
        .not_valid_before(FOUNDED)
        .not_valid_after(DISSOLVED)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signer.key, hashes.SHA256())
    )


def _certificate(subject: Signer, *, signer: Signer) -> x509.CertificateBuilder:
    """Return a certificate's beginning, with the key identifiers by which its issuer is found (RFC 5280, 4.2.1)."""
    public, issuer = subject.key.public_key(), signer.key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .issuer_name(signer.name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    """Return a name of at most 64 characters (RFC 5280, appendix A.1); hosts are found by their SAN."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
