"""Public keys and signatures: what kind they are, and whether a signature is right."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa

from rules.x509 import asn1

RSA, RSA_PSS, EC, DSA = map(
    asn1.oid, ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1", "1.2.840.10040.4.1")
)

_PLAIN_KEYS = {
    asn1.oid(dotted): name
    for dotted, name in (
        ("1.3.101.112", "Ed25519"),
        ("1.3.101.113", "Ed448"),
        ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),  # RFC 9881
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
        ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    )
}
_CURVES = {
    asn1.oid(dotted): (name, bits)
    for dotted, name, bits in (
        ("1.2.840.10045.3.1.1", "P-192", 192),
        ("1.3.132.0.33", "P-224", 224),
        ("1.2.840.10045.3.1.7", "P-256", 256),
        ("1.3.132.0.34", "P-384", 384),
        ("1.3.132.0.35", "P-521", 521),
        ("1.3.132.0.10", "secp256k1", 256),
        ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256),
        ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384),
        ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512),
    )
}
MOST_BITS, MOST_EXPONENT_BITS = 8192, 256
"""RSA keys and exponents that are longer are not tried (BR 6.1.6): one signature could take ten milliseconds to check,
and no client accepts them."""

EXPLICIT = "explicit"
"""The curve of a key that states its own parameters, which RFC 5480, 2.1.1 forbids."""


@dataclass(frozen=True, slots=True)
class KeyKind:
    """What kind a public key is: ``algorithm`` RSA, EC, DSA or its own name; bits; curve or RSA's exponent."""

    algorithm: str
    bits: int = 0
    curve: str = ""
    exponent: int = 0

    def __str__(self) -> str:
        return f"{self.algorithm}-{self.bits}" if self.bits else self.algorithm


@dataclass(frozen=True, slots=True)
class _Signature:
    name: str
    digest: str
    family: str


_SIGNATURES = {
    asn1.oid(dotted): _Signature(name, digest, family)
    for dotted, name, digest, family in (
        ("1.2.840.113549.1.1.4", "md5WithRSAEncryption", "md5", "RSA"),
        ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "sha1", "RSA"),
        ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption", "sha224", "RSA"),
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "sha256", "RSA"),
        ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", "sha384", "RSA"),
        ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "sha512", "RSA"),
        ("1.2.840.10045.4.1", "ecdsa-with-SHA1", "sha1", "EC"),
        ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224", "sha224", "EC"),
        ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", "sha256", "EC"),
        ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", "sha384", "EC"),
        ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", "sha512", "EC"),
        ("1.2.840.10040.4.3", "dsa-with-sha1", "sha1", "DSA"),
        ("2.16.840.1.101.3.4.3.2", "dsa-with-sha256", "sha256", "DSA"),
    )
}
_DIGEST_OIDS = {
    asn1.oid(dotted): name
    for dotted, name in (
        ("1.3.14.3.2.26", "sha1"),
        ("2.16.840.1.101.3.4.2.4", "sha224"),
        ("2.16.840.1.101.3.4.2.1", "sha256"),
        ("2.16.840.1.101.3.4.2.2", "sha384"),
        ("2.16.840.1.101.3.4.2.3", "sha512"),
    )
}
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - read, so that it is known to be weak
    "sha1": hashes.SHA1(),  # noqa: S303 - the same
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


UNREADABLE = KeyKind("unreadable")
"""The kind of a key whose numbers cannot be read."""


@lru_cache(maxsize=1024)
def kind(spki: bytes) -> KeyKind:
    """Return the kind of a public key (SubjectPublicKeyInfo, DER), ``UNREADABLE`` where it is none."""
    try:
        return _kind(spki)
    except ValueError:
        return UNREADABLE


def _kind(spki: bytes) -> KeyKind:
    _, start, stop = asn1.whole(spki, asn1.SEQUENCE)
    _, begin, end = asn1.expect(spki, start, stop, asn1.SEQUENCE)
    _, at, oid_end = asn1.expect(spki, begin, end, asn1.OID)
    algorithm, parameters = spki[at:oid_end], spki[oid_end:end]
    if algorithm in (RSA, RSA_PSS):
        return _rsa(asn1.octets(spki, *asn1.expect(spki, end, stop, asn1.BIT_STRING)[1:]))
    if algorithm == EC:
        return _curve(parameters)
    if algorithm == DSA:
        return _dsa(parameters)
    return KeyKind(_PLAIN_KEYS.get(algorithm) or asn1.dotted(algorithm))


def _rsa(key: bytes) -> KeyKind:
    _, start, stop = asn1.whole(key, asn1.SEQUENCE)
    _, at, end = asn1.expect(key, start, stop, asn1.INTEGER)
    _, exponent_at, exponent_end = asn1.expect(key, end, stop, asn1.INTEGER)
    modulus = asn1.integer(key, at, end)
    return KeyKind("RSA", modulus.bit_length(), exponent=asn1.integer(key, exponent_at, exponent_end))


def _curve(parameters: bytes) -> KeyKind:
    tag, at, end = asn1.element(parameters, 0, len(parameters))
    if tag != asn1.OID:
        return KeyKind("EC", curve=EXPLICIT)
    name, bits = _CURVES.get(parameters[at:end], (asn1.dotted(parameters[at:end]), 0))
    return KeyKind("EC", bits, curve=name)


def _dsa(parameters: bytes) -> KeyKind:
    if not parameters:
        return KeyKind("DSA")
    _, start, stop = asn1.whole(parameters, asn1.SEQUENCE)
    _, at, end = asn1.expect(parameters, start, stop, asn1.INTEGER)
    return KeyKind("DSA", asn1.integer(parameters, at, end).bit_length())


@lru_cache(maxsize=256)
def signature_name(algorithm: bytes) -> str:
    """Return the name of a signature algorithm (AlgorithmIdentifier, DER), like "ecdsa-with-SHA256"."""
    found = _oid(algorithm)
    if found == RSA_PSS:
        return f"rsassaPss-{signature_digest(algorithm)}"
    known = _SIGNATURES.get(found)
    return known.name if known else _PLAIN_KEYS.get(found) or asn1.dotted(found)


@lru_cache(maxsize=256)
def signature_digest(algorithm: bytes) -> str:
    """Return the hash function of a signature algorithm, empty where it has none of its own or is not known."""
    try:
        found = _oid(algorithm)
        if found == RSA_PSS:
            return _pss(algorithm)[0]
    except ValueError:
        return ""
    known = _SIGNATURES.get(found)
    return known.digest if known else ""


def is_signed(spki: bytes, algorithm: bytes, signature: bytes, signed: bytes) -> bool:
    """Say whether ``signature`` over ``signed`` is right by this key and algorithm (both DER). Never raises."""
    found = kind(spki)
    is_tried = found.bits <= MOST_BITS and found.exponent.bit_length() <= MOST_EXPONENT_BITS
    key = _loaded(spki) if is_tried else None
    if key is None:
        return False
    try:
        _check(key, str(kind(spki)), algorithm)(signature, signed)
    except Exception:  # noqa: BLE001 - a key and a signature that strangers chose fail in more ways than one
        return False
    return True


def _check(key: Any, called: str, algorithm: bytes) -> Callable[[bytes, bytes], None]:
    found = _oid(algorithm)
    known = _SIGNATURES.get(found)
    match key:
        case rsa.RSAPublicKey() if found == RSA_PSS:
            digest, salt = _pss(algorithm)
            scheme = padding.PSS(padding.MGF1(_DIGESTS[digest]), salt)
            return lambda signature, signed: key.verify(signature, signed, scheme, _DIGESTS[digest])
        case rsa.RSAPublicKey() if known and known.family == "RSA":
            return lambda signature, signed: key.verify(signature, signed, padding.PKCS1v15(), _DIGESTS[known.digest])
        case ec.EllipticCurvePublicKey() if known and known.family == "EC":
            return lambda signature, signed: key.verify(signature, signed, ec.ECDSA(_DIGESTS[known.digest]))
        case dsa.DSAPublicKey() if known and known.family == "DSA":
            return lambda signature, signed: key.verify(signature, signed, _DIGESTS[known.digest])
        case _ if _PLAIN_KEYS.get(found) == called:
            return cast("Callable[[bytes, bytes], None]", key.verify)
        case _:
            raise asn1.Broken("a key that makes no such signatures")


@lru_cache(maxsize=1024)
def _loaded(spki: bytes) -> Any:
    try:
        return serialization.load_der_public_key(spki)
    except Exception:  # noqa: BLE001 - numbers that are no key are refused in more ways than one
        return None


def _oid(algorithm: bytes) -> bytes:
    _, start, stop = asn1.whole(algorithm, asn1.SEQUENCE)
    _, at, end = asn1.expect(algorithm, start, stop, asn1.OID)
    return algorithm[at:end]


def _pss(algorithm: bytes) -> tuple[str, int]:
    """Return hash and length of the salt (RFC 4055, 3.1), whose defaults are SHA-1 and 20."""
    digest, salt = "sha1", 20
    _, start, stop = asn1.whole(algorithm, asn1.SEQUENCE)
    parameters = list(asn1.elements(algorithm, start, stop))[1:]
    for tag, begin, end in asn1.elements(algorithm, *parameters[0][1:]) if parameters else ():
        inner = asn1.element(algorithm, begin, end)
        if tag == 0xA0:  # noqa: PLR2004 - [0] hashAlgorithm
            digest = _DIGEST_OIDS.get(_oid(algorithm[begin:end]), "")
        elif tag == 0xA2:  # noqa: PLR2004 - [2] saltLength
            salt = asn1.integer(algorithm, *inner[1:])
    return digest, salt
