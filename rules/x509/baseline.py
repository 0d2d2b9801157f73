"""What the CA/Browser Forum's Baseline Requirements (BR) and the browsers' policies ask of certificates."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

from rules.certificates.faults import FaultKind
from rules.x509 import asn1, host_names, keys, names
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate, clean
from rules.x509.severity_overrides import Rule, Violation

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
"""From when on a public leaf may live how long at the most (BR 6.3.2, with ballots 193, SC-31 and SC-081v3).

The 398 days were BR only from SC-31's clean-up on, but all large browsers refused longer ones from that day.
"""

SCTS_SINCE = datetime(2018, 10, 15, tzinfo=UTC)
"""Issued from then on, all browsers with a policy on Certificate Transparency ask for SCTs."""

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


def key_flaws(certificate: Certificate, *, is_public: bool) -> Iterator[Violation]:
    """Yield what is wrong with a public key; of a private authority only what is weak, not what is unusual."""
    kind = certificate.kind
    match kind.algorithm:
        case "RSA":
            yield from _rsa(certificate, is_public=is_public)
        case "EC" if kind.curve and 0 < kind.bits < EC_BITS:
            yield _weak(certificate, f"{kind.bits} bits are too few")
        case "EC" if is_public and kind.curve not in CURVES:
            yield _weak(certificate, f"public authorities may not certify the curve {kind.curve}")
        case "DSA":
            yield _weak(certificate, "DSA is no longer used")
        case "Ed25519" | "Ed448" if is_public:
            yield _weak(certificate, "public authorities may not certify such keys, and browsers do not use them")
        case _:
            pass


def _rsa(certificate: Certificate, *, is_public: bool) -> Iterator[Violation]:
    kind = certificate.kind
    if kind.bits < RSA_BITS:
        yield _weak(certificate, f"{kind.bits} bits are too few")
    elif is_public and kind.bits % 8:
        yield _weak(certificate, "its length is no whole number of bytes", Rule.RSA_SIZE)
    if kind.exponent.bit_length() > keys.MOST_EXPONENT_BITS:
        yield _weak(certificate, f"its exponent has {kind.exponent.bit_length()} bits")
    elif kind.exponent < 3 or kind.exponent % 2 == 0:  # noqa: PLR2004 - BR 6.1.6
        yield _weak(certificate, f"its exponent is {kind.exponent}")


def _weak(certificate: Certificate, why: str, rule: Rule | None = None) -> Violation:
    return Violation(
        FaultKind.WEAK_KEY, f"The key of {certificate.subject or 'the certificate'} is {certificate.key}: {why}.", rule
    )


def signature_flaws(certificate: Certificate, digest: str, *, is_public: bool) -> Iterator[Violation]:
    """Yield what is wrong with the algorithm of a signature; nobody relies on that of an anchor."""
    who = certificate.subject or "the certificate"
    if digest in WEAK_DIGESTS:
        yield Violation(FaultKind.WEAK_SIGNATURE, f"The signature of {who} uses {digest.upper()}.")
    elif is_public and digest not in DIGESTS and certificate.signature not in ML_DSA:
        words = f"The signature of {who} is {certificate.signature}, which public authorities may not use."
        yield Violation(FaultKind.WEAK_SIGNATURE, words, Rule.ALGORITHM)


def longest(not_before: datetime) -> timedelta | None:
    """Return how long a public leaf that was issued then may live, None before there was a rule."""
    return next((limit for since, limit in LIFETIMES if not_before >= since), None)


def public_flaws(leaf: Certificate) -> Iterator[Violation]:
    """Yield what browsers refuse in a leaf of a public authority alone: a long life, no word of any log."""
    lifetime = leaf.not_after - leaf.not_before + _SECOND  # both ends are inside (BR 6.3.2)
    limit = longest(leaf.not_before)
    if limit is not None and lifetime > limit:
        days, most = -(-lifetime // _DAY), limit // _DAY
        words = (
            f"The certificate lives {days} days; issued on {leaf.not_before:%Y-%m-%d}, it may live {most} at the most."
        )
        yield Violation(FaultKind.LIFETIME_TOO_LONG, words)
    wanted = SCTS_OF_SHORT if lifetime <= SHORT else SCTS_OF_LONG
    if leaf.not_before >= SCTS_SINCE and leaf.sct_count < wanted and ext.SCTS not in leaf.broken:
        words = f"The certificate carries {leaf.sct_count} timestamps of public logs (SCTs); browsers want {wanted}."
        yield Violation(FaultKind.SCTS_MISSING, words)


def purpose_flaws(certificate: Certificate, *, is_leaf: bool) -> Iterator[Violation]:
    """Yield purposes that BR forbid beside that of a server (7.1.2.7.10, 7.1.2.10.6)."""
    purposes = certificate.purposes
    who = certificate.subject or "the certificate"
    if purposes is None:
        if is_leaf:
            words = "The certificate does not say what it is for (extended key usage)."
            yield Violation(FaultKind.WRONG_PURPOSE, words, Rule.NO_PURPOSES)
        return
    strange = next((purpose for purpose in purposes if purpose in _MUST_NOT_LEAF), None)
    if strange is not None:
        words = f"The certificate of {who} may not be for {asn1.dotted(strange)} as well."
        yield Violation(FaultKind.WRONG_PURPOSE, words, Rule.PURPOSES)
    if is_leaf and certificate.extensions[ext.PURPOSES].critical:
        yield Violation(FaultKind.MALFORMED, "The certificate has a critical extended key usage.", Rule.CRITICALITY)


def usage_flaws(leaf: Certificate) -> Iterator[Violation]:
    """Yield what KeyUsage has to say of a server's key, where it says anything (BR 7.1.2.7.11; RFC 9881, 5)."""
    usage, algorithm = leaf.usage, leaf.kind.algorithm
    if usage is None:
        return
    if algorithm == "RSA" and not usage & (ext.DIGITAL_SIGNATURE | ext.KEY_ENCIPHERMENT):
        yield Violation(FaultKind.WRONG_PURPOSE, "The key may neither sign nor decrypt (key usage).", Rule.USAGE)
    elif algorithm != "RSA" and not leaf.is_authority and not usage & ext.DIGITAL_SIGNATURE:
        yield Violation(FaultKind.WRONG_PURPOSE, "The key may not sign (key usage).", Rule.USAGE)
    if algorithm in ML_DSA and usage & _NOT_FOR_SIGNATURES:
        words = "The key can do nothing but sign, and is allowed to do more (key usage)."
        yield Violation(FaultKind.WRONG_PURPOSE, words, Rule.USAGE)


def common_name_flaws(leaf: Certificate) -> Iterator[Violation]:
    """Yield a common name that is no copy of an alternative name (BR 7.1.4.3).

    No client reads it (RFC 9525, 6.3), and it is told only where it could mislead who does: another way to write one of
    the names, or where it is all that the subject says the name of a host that the others have nothing to do with.
    """
    commons = names.values(leaf.subject_der, names.COMMON_NAME)[:_MOST_COMMON_NAMES]
    known = {*leaf.names, *leaf.addresses} if commons else set[str]()
    for common in commons:
        if common not in known and (_is_address(common, leaf) or _is_another_host(common, leaf)):
            words = f"The certificate's common name is none of its alternative names: {clean(common)}."
            yield Violation(FaultKind.MALFORMED, words, Rule.COMMON_NAME)


def _is_address(common: str, leaf: Certificate) -> bool:
    """Say whether it is an address, or one that is written in a way that only some understand."""
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
    is_all = len(names.types(leaf.subject_der)) == 1
    is_parent = any(name.lower().endswith(f".{lowered}") for name in leaf.names)
    return is_all and host_names.is_name(common) and not is_parent


def anchor_flaws(anchor: Certificate) -> Iterator[Violation]:
    """Yield what BR forbid in a root (7.1.2.1): purposes, and a key identifier of its authority that is not its own."""
    if anchor.purposes is not None:
        yield Violation(FaultKind.WRONG_PURPOSE, f"The root {anchor.subject} is limited to purposes.", Rule.ANCHOR)
    found = anchor.extensions.get(ext.AUTHORITY_KEY)
    if found is None or ext.AUTHORITY_KEY in anchor.broken or not anchor.is_self_issued:
        return
    said = ext.authority_key(found.value)
    if said.has_issuer or said.has_serial or said.key_identifier != anchor.key_identifier:
        words = f"The root {anchor.subject} identifies its own key in a way that it may not."
        yield Violation(FaultKind.MALFORMED, words, Rule.ANCHOR)
