"""Certificates of any kind, right or wrong in every field: what the made-up authorities of the sandbox issue.

    root = pki.root("Sandbox Root")                          an Issuer: name, key, certificate
    middle = root.authority("Sandbox Middle", path_length=0)
    leaf = middle.leaf("shop.example", purposes=None)        any field of ``Profile`` may be given

The DER is put together here and not by a library, because libraries refuse what is to be tested: version 1, negative
serial numbers, MD5. Nothing here is secret, and only what is set up to trust it does.
"""

from base64 import encodebytes
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any, Self, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from sandbox import der, profiles
from sandbox.profiles import Profile
from sandbox.sct import listed

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P-192": ec.SECP192R1,
    "P-224": ec.SECP224R1,
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - a weak signature is what is to be found
    "sha1": hashes.SHA1(),  # noqa: S303 - the same
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_RSA = {
    "md5": SignatureAlgorithmOID.RSA_WITH_MD5,
    "sha1": SignatureAlgorithmOID.RSA_WITH_SHA1,
    "sha256": SignatureAlgorithmOID.RSA_WITH_SHA256,
    "sha384": SignatureAlgorithmOID.RSA_WITH_SHA384,
    "sha512": SignatureAlgorithmOID.RSA_WITH_SHA512,
}
_ECDSA = {
    "sha1": SignatureAlgorithmOID.ECDSA_WITH_SHA1,
    "sha256": SignatureAlgorithmOID.ECDSA_WITH_SHA256,
    "sha384": SignatureAlgorithmOID.ECDSA_WITH_SHA384,
    "sha512": SignatureAlgorithmOID.ECDSA_WITH_SHA512,
}


@dataclass(frozen=True)
class Issuer:
    """A name, its key and a certificate (DER) for both. Leaves are issuers too: that they may not issue is a test."""

    name: x509.Name
    key: Key
    certificate: bytes

    @property
    def pem(self) -> bytes:
        return pem(self.certificate)

    @property
    def key_pem(self) -> bytes:
        """Return the private key, unencrypted: it protects nothing."""
        return key_pem(self.key)

    @property
    def parsed(self) -> x509.Certificate:
        """Return the certificate as a library reads it, which refuses some that are wrong."""
        return x509.load_der_x509_certificate(self.certificate)

    def authority(self, called: str | x509.Name, *, key: Key | None = None, **fields: Any) -> Self:
        """Issue a certificate for an authority. With the name and key of another issuer it is a cross-sign."""
        return self._issue(profiles.authority(called), key or new_key(), fields)

    def leaf(self, host: str, *, key: Key | None = None, **fields: Any) -> Self:
        """Issue a server's certificate for ``host``, a name or an IP literal; ``names`` replaces its SANs."""
        return self._issue(profiles.leaf(host), key or new_key(), fields)

    def again(self, other: "Issuer", **fields: Any) -> Self:
        """Issue another certificate for the name and key of an authority: a cross-sign, or its renewal."""
        return self._issue(profiles.authority(other.name), other.key, fields)

    def _issue(self, profile: Profile, key: Key, fields: dict[str, Any]) -> Self:
        profile = replace(profile, **fields)
        return type(self)(profile.subject, key, signed(profile, key, by=self.key, called=self.name))


def root(called: str | x509.Name, *, key: Key | None = None, **fields: Any) -> Issuer:
    """Return an authority that signs itself; any field of ``Profile`` may be given."""
    return _signing_itself(profiles.authority(called), key or new_key(), fields)


def self_signed(host: str, *, key: Key | None = None, **fields: Any) -> Issuer:
    """Return a server's certificate that no authority signed; any field of ``Profile`` may be given."""
    return _signing_itself(profiles.leaf(host), key or new_key(), fields)


def _signing_itself(profile: Profile, key: Key, fields: dict[str, Any]) -> Issuer:
    profile = replace(profile, **fields)
    return Issuer(profile.subject, key, signed(profile, key, by=key, called=profile.subject))


def new_key(kind: str = "P-256") -> Key:
    """Return a fresh key: P-192, P-224, P-256, P-384, P-521, Ed25519, or RSA-1024 and longer."""
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("RSA-"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))
    return ec.generate_private_key(_CURVES[kind]())


@cache
def kept_key(kind: str, label: str = "") -> Key:  # noqa: ARG001 - the label tells keys of one kind apart
    """Return the key of this kind and label, made once in a process: RSA keys take their time."""
    return new_key(kind)


def pem(*certificates: bytes) -> bytes:
    """Return certificates (DER) as PEM, in their order."""
    return b"".join(_armoured(certificate) for certificate in certificates)


def key_pem(key: Key) -> bytes:
    """Return a private key, unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate (DER), in hex."""
    return sha256(certificate).hexdigest()


def signed(profile: Profile, key: Key, *, by: Key, called: x509.Name) -> bytes:
    """Return the certificate of ``profile`` for ``key``, signed with the key ``by`` of the issuer ``called``."""
    if profile.serial is None:
        profile = replace(profile, serial=x509.random_serial_number())
    found = list(_extensions(profile, key, by))
    bare = _to_be_signed(profile, key, by, called, found)
    if profile.logs:
        scts = listed(log.sct(bare, issuer=by.public_key(), at=profile.not_before) for log in profile.logs)
        found.append(profiles.extension(profiles.SCT_LIST, der.tlv(der.OCTET_STRING, scts)))
        bare = _to_be_signed(profile, key, by, called, found)
    outer = profile.outer_digest or profile.digest
    signature = sign(bare, by, outer)
    if profile.tampered:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return der.sequence(bare, _algorithm(by, outer), der.bits(signature))


def sign(message: bytes, by: Key, digest: str = "sha256") -> bytes:
    match by:
        case rsa.RSAPrivateKey():
            return by.sign(message, padding.PKCS1v15(), _HASHES[digest])
        case ec.EllipticCurvePrivateKey():
            return by.sign(message, ec.ECDSA(_HASHES[digest]))
        case _:
            return by.sign(message)


def _to_be_signed(
    profile: Profile, key: Key, by: Key, called: x509.Name, extensions: Iterable[x509.Extension[Any]]
) -> bytes:
    """Return a TBSCertificate (RFC 5280, 4.1); versions before 3 have no extensions."""
    version = der.explicit(0, der.integer(profile.version - 1)) if profile.version > 1 else b""
    written = b"".join(map(_written, extensions)) if profile.version > 2 else b""  # noqa: PLR2004 - as the docstring says
    return der.sequence(
        version,
        der.integer(cast("int", profile.serial)),
        _algorithm(by, profile.digest),
        (called if profile.issuer is None else profile.issuer).public_bytes(),
        der.sequence(der.time(profile.not_before), der.time(profile.not_after)),
        profile.subject.public_bytes(),
        _spki(key),
        der.explicit(3, der.sequence(written)) if written else b"",
    )


def _extensions(profile: Profile, key: Key, by: Key) -> Iterable[x509.Extension[Any]]:
    for critical, value in profiles.values(profile):
        yield x509.Extension(value.oid, critical, value)
    if profile.key_id:
        value = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        yield x509.Extension(value.oid, critical=False, value=value)
    if profile.issuer_key_id:
        value = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
        yield x509.Extension(value.oid, critical=False, value=value)
    yield from profile.more


def _written(extension: x509.Extension[Any]) -> bytes:
    critical = der.tlv(der.BOOLEAN, b"\xff") if extension.critical else b""
    return der.sequence(der.oid(extension.oid), critical, der.tlv(der.OCTET_STRING, extension.value.public_bytes()))


def _algorithm(by: Key, digest: str) -> bytes:
    match by:
        case rsa.RSAPrivateKey():
            return der.sequence(der.oid(_RSA[digest]), der.tlv(der.NULL))
        case ec.EllipticCurvePrivateKey():
            return der.sequence(der.oid(_ECDSA[digest]))
        case _:
            return der.sequence(der.oid(SignatureAlgorithmOID.ED25519))


def _spki(key: Key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _armoured(certificate: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + encodebytes(certificate) + b"-----END CERTIFICATE-----\n"
