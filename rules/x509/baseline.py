"""What the CA/Browser Forum's Baseline Requirements (BR) and the browsers' policies ask of certificates."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

from rules.x509 import asn1, distinguished_names, host_names, keys
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate, clean
from rules.x509.violations import Parameter, Rule, Severity, Violation, ViolationKind, violation

RSA_BITS, EC_BITS = 2048, 256
"""The smallest keys that a public CA may certify (BR 6.1.5)."""

CURVES = frozenset({"P-256", "P-384", "P-521"})
WEAK_DIGESTS = frozenset({"md5", "sha1"})
DIGESTS = frozenset({"sha256", "sha384", "sha512"})
ML_DSA = frozenset({"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"})

_MOST_COMMON_NAMES = 4
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{1,32}")

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_MONTHS_39, _MONTHS_60 = timedelta(days=3 * 366 + 92), timedelta(days=5 * 366)

LIFETIMES: tuple[tuple[datetime, timedelta], ...] = (
    (datetime(2029, 3, 15, tzinfo=UTC), 47 * _DAY),
    (datetime(2027, 3, 15, tzinfo=UTC), 100 * _DAY),
    (datetime(2026, 3, 15, tzinfo=UTC), 200 * _DAY),
    (datetime(2020, 9, 1, tzinfo=UTC), 398 * _DAY),
    (datetime(2018, 3, 1, tzinfo=UTC), 825 * _DAY),
    (datetime(2015, 4, 1, tzinfo=UTC), _MONTHS_39),
    (datetime(2012, 7, 1, tzinfo=UTC), _MONTHS_60),
)
"""How long a public leaf may live that was issued since then (BR 6.3.2, with ballots 193, SC-31 and SC-081v3).

The BR have the 398 days only since SC-31's clean-up, but all large browsers have refused longer ones since that day.
"""

SCTS_SINCE = datetime(2018, 10, 15, tzinfo=UTC)
"""All browsers with a policy on Certificate Transparency ask for SCTs in certificates issued from then on."""

SCTS_OF_SHORT, SCTS_OF_LONG, SHORT = 2, 3, 180 * _DAY
"""How many logs have to vouch for a certificate that lives up to 180 days, and for a longer one (Chrome, Apple)."""

_MUST_NOT_LEAF = frozenset(
    {
        ext.ANY_PURPOSE,
        ext.CODE_SIGNING,
        ext.EMAIL_PROTECTION,
        ext.TIME_STAMPING,
        ext.OCSP_SIGNING,
        ext.PRECERTIFICATES,
    }
)
_NOT_FOR_SIGNATURES = (
    ext.KEY_ENCIPHERMENT | ext.DATA_ENCIPHERMENT | ext.KEY_AGREEMENT | ext.ENCIPHER_ONLY | ext.DECIPHER_ONLY
)


def key_violations(certificate: Certificate, *, is_public: bool) -> Iterator[Violation]:
    """Yield what is wrong with a public key; for a private authority, only what is weak and not what is unusual."""
    kind = certificate.kind
    match kind.algorithm:
        case "RSA":
            yield from _rsa(certificate, is_public=is_public)
        case "EC" if kind.curve and 0 < kind.bits < EC_BITS:
            yield _weak(certificate, "bits", bits=kind.bits)
        case "EC" if is_public and kind.curve not in CURVES:
            yield _weak(certificate, "curve", curve=kind.curve)
        case "DSA":
            yield _weak(certificate, "dsa")
        case "Ed25519" | "Ed448" if is_public:
            yield _weak(certificate, "edwards")
        case _:
            pass


def _rsa(certificate: Certificate, *, is_public: bool) -> Iterator[Violation]:
    kind = certificate.kind
    if kind.bits < RSA_BITS:
        yield _weak(certificate, "bits", bits=kind.bits)
    elif is_public and kind.bits % 8:
        yield _weak(certificate, "rsa_size", Rule.RSA_SIZE)
    if kind.exponent.bit_length() > keys.MOST_EXPONENT_BITS:
        yield _weak(certificate, "exponent_bits", bits=kind.exponent.bit_length())
    elif kind.exponent < 3 or kind.exponent % 2 == 0:  # noqa: PLR2004 - BR 6.1.6
        yield _weak(certificate, "exponent", exponent=kind.exponent)


def _weak(certificate: Certificate, detail: str, rule: Rule | None = None, **parameters: Parameter) -> Violation:
    said = (("subject", certificate.subject), ("key", certificate.key), *parameters.items())
    return Violation(ViolationKind.WEAK_KEY, detail, Severity.CRITICAL, said, rule=rule)


def signature_violations(certificate: Certificate, digest: str, *, is_public: bool) -> Iterator[Violation]:
    """Yield what is wrong with the algorithm of a signature; nobody relies on the signature of an anchor."""
    kind, subject = ViolationKind.WEAK_SIGNATURE, certificate.subject
    if digest in WEAK_DIGESTS:
        yield violation(kind, "digest", subject=subject, digest=digest.upper())
    elif is_public and digest not in DIGESTS and certificate.signature not in ML_DSA:
        yield violation(kind, "algorithm", rule=Rule.ALGORITHM, subject=subject, algorithm=certificate.signature)


def longest(not_before: datetime) -> timedelta | None:
    """Return how long a public leaf may live that was issued at ``not_before``, None before there was a rule."""
    return next((limit for since, limit in LIFETIMES if not_before >= since), None)


def public_violations(leaf: Certificate) -> Iterator[Violation]:
    """Yield what browsers refuse only in leaves of public authorities: a long lifetime, and too few SCTs."""
    lifetime = leaf.not_after - leaf.not_before + _SECOND  # both ends are inside (BR 6.3.2)
    limit = longest(leaf.not_before)
    if limit is not None and lifetime > limit:
        days, most = -(-lifetime // _DAY), limit // _DAY
        issued_on = leaf.not_before.date().isoformat()
        yield violation(ViolationKind.LIFETIME_TOO_LONG, "days", days=days, issued_on=issued_on, most=most)
    wanted = SCTS_OF_SHORT if lifetime <= SHORT else SCTS_OF_LONG
    if leaf.not_before >= SCTS_SINCE and leaf.sct_count < wanted and ext.SCTS not in leaf.broken:
        yield violation(ViolationKind.SCTS_MISSING, "too_few", count=leaf.sct_count, wanted=wanted)


def purpose_violations(certificate: Certificate, *, is_leaf: bool) -> Iterator[Violation]:
    """Yield violations of the BR's rules about purposes: no purposes, or others than those of a server.

    They are BR 7.1.2.7.6, 7.1.2.7.10 and 7.1.2.10.6; a leaf's purposes must not be critical either.
    """
    purposes = certificate.purposes
    kind, subject = ViolationKind.WRONG_PURPOSE, certificate.subject
    if purposes is None:
        if is_leaf:
            yield violation(kind, "no_purposes", rule=Rule.NO_PURPOSES)
        return
    strange = next((purpose for purpose in purposes if purpose in _MUST_NOT_LEAF), None)
    if strange is not None:
        yield violation(kind, "other_purpose", rule=Rule.PURPOSES, subject=subject, oid=asn1.dotted(strange))
    if is_leaf and certificate.extensions[ext.PURPOSES].critical:
        yield violation(ViolationKind.MALFORMED, "purposes_critical", rule=Rule.CRITICALITY)


def usage_violations(leaf: Certificate) -> Iterator[Violation]:
    """Yield what is wrong with a leaf's KeyUsage, where it has one (BR 7.1.2.7.11; RFC 9881, 5)."""
    kind, usage, algorithm = ViolationKind.WRONG_PURPOSE, leaf.usage, leaf.kind.algorithm
    if usage is None:
        return
    if algorithm == "RSA" and not usage & (ext.DIGITAL_SIGNATURE | ext.KEY_ENCIPHERMENT):
        yield violation(kind, "key_usage_neither", rule=Rule.USAGE)
    elif algorithm != "RSA" and not leaf.is_authority and not usage & ext.DIGITAL_SIGNATURE:
        yield violation(kind, "key_usage_no_signature", rule=Rule.USAGE)
    if algorithm in ML_DSA and usage & _NOT_FOR_SIGNATURES:
        yield violation(kind, "key_usage_too_much", rule=Rule.USAGE)


def common_name_violations(leaf: Certificate) -> Iterator[Violation]:
    """Yield a common name that is no copy of an alternative name (BR 7.1.4.3).

    No client reads it (RFC 9525, 6.3). So it counts only where it could mislead a reader: where it writes one of the
    names in another way, or where it is the subject's only attribute and names a host that is no parent of the names.
    """
    commons = distinguished_names.values(leaf.subject_der, distinguished_names.COMMON_NAME)[:_MOST_COMMON_NAMES]
    known = {*leaf.names, *leaf.addresses} if commons else set[str]()
    for common in commons:
        if common not in known and (_is_address(common, leaf) or _is_another_host(common, leaf)):
            yield violation(ViolationKind.MALFORMED, "common_name", rule=Rule.COMMON_NAME, name=clean(common))


def _is_address(common: str, leaf: Certificate) -> bool:
    """Say whether it is one of the certificate's addresses, written in any way."""
    number = _number(common)
    return number is not None and any(number == _number(address) for address in leaf.addresses)


def _number(text: str) -> int | None:
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    parts = text.split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 - IPv4
        text = ".".join(str(int(part)) for part in parts)
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return int(found) | (1 << 128 if isinstance(found, IPv6Address) else 0)


def _is_another_host(common: str, leaf: Certificate) -> bool:
    if "." not in common or " " in common or not leaf.names or _number(common) is not None:
        return False
    lowered = common.lower()
    if lowered in {name.lower() for name in leaf.names} or not common.isascii():
        return True
    is_all = len(distinguished_names.types(leaf.subject_der)) == 1
    is_parent = any(name.lower().endswith(f".{lowered}") for name in leaf.names)
    return is_all and host_names.is_name(common) and not is_parent


def anchor_violations(anchor: Certificate) -> Iterator[Violation]:
    """Yield what BR forbid in a root (7.1.2.1): purposes, and a key identifier of its authority that is not its own."""
    if anchor.purposes is not None:
        yield violation(ViolationKind.WRONG_PURPOSE, "root_purposes", rule=Rule.ANCHOR, subject=anchor.subject)
    found = anchor.extensions.get(ext.AUTHORITY_KEY)
    if found is None or ext.AUTHORITY_KEY in anchor.broken or not anchor.is_self_issued:
        return
    said = ext.authority_key(found.value)
    if said.has_issuer or said.has_serial or said.key_identifier != anchor.key_identifier:
        yield violation(ViolationKind.MALFORMED, "root_key_id", rule=Rule.ANCHOR, subject=anchor.subject)
