"""What is wrong with the form of a certificate by RFC 5280's profile, whatever path it is part of."""

from collections.abc import Iterator

from rules.certificates.faults import FaultKind
from rules.x509 import asn1, host_names, keys, name_constraints, names
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate
from rules.x509.severity_overrides import Rule, Violation

MOST_OCTETS = 20
"""Of a serial number (RFC 5280, 4.1.2.2)."""

_LATEST_VERSION = 3

UNDERSTOOD = frozenset(
    {
        ext.KEY_IDENTIFIER,
        ext.KEY_USAGE,
        ext.ALTERNATIVE_NAMES,
        ext.BASIC_CONSTRAINTS,
        ext.NAME_CONSTRAINTS,
        ext.DISTRIBUTION_POINTS,
        ext.POLICIES,
        ext.POLICY_MAPPINGS,
        ext.AUTHORITY_KEY,
        ext.POLICY_CONSTRAINTS,
        ext.PURPOSES,
        ext.INHIBIT_ANY_POLICY,
        ext.ACCESS,
        ext.TLS_FEATURE,
        ext.SCTS,
    }
)
"""The extensions that may be critical, because they are obeyed here."""

_NEVER_CRITICAL = {
    ext.AUTHORITY_KEY: "authority key identifier",
    ext.KEY_IDENTIFIER: "subject key identifier",
    ext.ACCESS: "authority information access",
}
_ALWAYS_CRITICAL = {
    ext.POLICY_CONSTRAINTS: "policy constraints",
    ext.INHIBIT_ANY_POLICY: "inhibit any policy",
}
_NEEDED = frozenset({ext.KEY_USAGE, ext.ALTERNATIVE_NAMES, ext.BASIC_CONSTRAINTS, ext.NAME_CONSTRAINTS, ext.PURPOSES})
"""The extensions that no client can do without, where they are there."""


def flaws(certificate: Certificate, *, is_leaf: bool) -> Iterator[Violation]:
    """Yield what is wrong with the form of a certificate, as a leaf or as an authority's."""
    yield from _of_serial(certificate)
    yield from _of_fields(certificate)
    yield from _of_extensions(certificate)
    yield from _of_key_identifiers(certificate)
    yield from _of_names(certificate)
    yield from _of_leaf(certificate) if is_leaf else _of_authority(certificate)


def _of_serial(certificate: Certificate) -> Iterator[Violation]:
    if certificate.serial_number < 0:
        yield _malformed(certificate, "has a serial number below zero", Rule.NEGATIVE_SERIAL)
    elif certificate.serial_number == 0:
        yield _malformed(certificate, "has the serial number zero", Rule.SERIAL)
    elif certificate.serial_number.bit_length() >= 8 * MOST_OCTETS:
        yield _malformed(certificate, f"has a serial number of more than {MOST_OCTETS} bytes", Rule.SERIAL)


def _of_fields(certificate: Certificate) -> Iterator[Violation]:
    if certificate.version != _LATEST_VERSION:
        yield _malformed(certificate, f"is of version {certificate.version}, not 3")
    if certificate.issuer_der == names.EMPTY:
        yield _malformed(certificate, "names no issuer")
    if certificate.algorithm != certificate.algorithm_inside:
        yield _malformed(certificate, "names one signature algorithm in what is signed, and another beside it")
    if certificate.bad_time_form:
        yield _malformed(certificate, "has a date in a form that its year does not allow", Rule.DATE_FORM)
    if certificate.not_before > certificate.not_after:
        yield _malformed(certificate, "ends before it begins")
    if certificate.kind is keys.UNREADABLE:
        yield _malformed(certificate, "has a key that cannot be read")
    if certificate.kind.curve == keys.EXPLICIT:
        yield _malformed(certificate, "has a key on a curve that it defines itself")


def _of_extensions(certificate: Certificate) -> Iterator[Violation]:
    for oid in certificate.repeated:
        yield _malformed(certificate, f"has the extension {asn1.dotted(oid)} more than once")
    for oid, why in certificate.broken.items():
        rule = None if oid in _NEEDED or certificate.extensions[oid].critical else Rule.UNREAD_EXTENSION
        yield _malformed(certificate, f"has an extension {asn1.dotted(oid)} that cannot be read: {why}", rule)
    for oid, extension in certificate.extensions.items():
        if extension.critical and oid not in UNDERSTOOD:
            words = f"{_who(certificate)} has a critical extension that nobody knows: {asn1.dotted(oid)}."
            yield Violation(FaultKind.CRITICAL_EXTENSION, words)
        if extension.critical and oid in _NEVER_CRITICAL:
            yield _malformed(certificate, f"has a critical {_NEVER_CRITICAL[oid]}", Rule.CRITICALITY)
        if not extension.critical and oid in _ALWAYS_CRITICAL:
            yield _malformed(certificate, f"has {_ALWAYS_CRITICAL[oid]} that are not critical", Rule.CRITICALITY)


def _of_key_identifiers(certificate: Certificate) -> Iterator[Violation]:
    has_own = ext.AUTHORITY_KEY in certificate.extensions
    # Where a CA gives out its key in a certificate that it signs itself, it may be left out (RFC 5280, 4.2.1.1).
    is_missing = certificate.authority_key_id is None and ext.AUTHORITY_KEY not in certificate.broken
    if is_missing and (has_own or not (certificate.is_self_issued or _signs_itself(certificate))):
        yield _malformed(certificate, "does not say which key signed it", Rule.KEY_IDENTIFIERS)
    if certificate.is_authority and certificate.key_identifier is None:
        yield _malformed(certificate, "has no subject key identifier", Rule.KEY_IDENTIFIERS)


def _signs_itself(certificate: Certificate) -> bool:
    return keys.is_signed(certificate.spki, certificate.algorithm, certificate.signature_bits, certificate.signed)


def _of_names(certificate: Certificate) -> Iterator[Violation]:
    found = certificate.extensions.get(ext.ALTERNATIVE_NAMES)
    if found is None:
        return
    has_subject = certificate.subject_der != names.EMPTY
    if found.critical == has_subject:
        how = "critical, though it has a subject too" if has_subject else "not critical, though it has no subject"
        yield _malformed(certificate, f"has alternative names that are {how}", Rule.CRITICALITY)
    if certificate.alternatives == ():
        yield _malformed(certificate, "has a list of alternative names that is empty")
    odd = next((name for name in certificate.names if not host_names.is_name(name)), None)
    if odd is not None:
        yield _malformed(certificate, f"has an alternative name that is no host name: {odd}", Rule.NAME_FORM)
    if any(tag == ext.ADDRESS and len(content) not in (4, 16) for tag, content in certificate.alternatives or ()):
        yield _malformed(certificate, "has an alternative name that is no address", Rule.NAME_FORM)


def _of_leaf(certificate: Certificate) -> Iterator[Violation]:
    if ext.NAME_CONSTRAINTS in certificate.extensions:
        yield _malformed(certificate, "constrains names, as only an authority may", Rule.CONSTRAINED_LEAF)
    signs = certificate.usage is not None and certificate.usage & ext.KEY_CERT_SIGN
    if certificate.is_authority:
        yield _malformed(certificate, "is that of an authority", Rule.AUTHORITY_AS_LEAF)
    elif signs:
        yield _malformed(certificate, "may sign certificates, and is no authority", Rule.USAGE)
    if certificate.path_length is not None and not (certificate.is_authority and signs):
        yield _malformed(certificate, "limits paths, as only an authority may", Rule.USAGE)
    if certificate.purposes == ():
        yield _malformed(certificate, "has a list of purposes that is empty")


def _of_authority(certificate: Certificate) -> Iterator[Violation]:
    if certificate.subject_der == names.EMPTY:
        yield _malformed(certificate, "is an authority without a name")
    basic = certificate.extensions.get(ext.BASIC_CONSTRAINTS)
    if basic is not None and not basic.critical:
        yield _malformed(certificate, "has basic constraints that are not critical", Rule.CRITICALITY)
    limits = certificate.extensions.get(ext.NAME_CONSTRAINTS)
    if limits is not None:
        yield from _of_constraints(certificate, limits.value)


def _of_constraints(certificate: Certificate, value: bytes) -> Iterator[Violation]:
    try:
        found = name_constraints.read(value)
    except ValueError as error:
        yield _malformed(certificate, f"has name constraints that cannot be read: {error}")
        return
    if found.has_leading_dots:
        yield _malformed(certificate, "has a name constraint with a dot in front", Rule.CONSTRAINT_FORM)


def _malformed(certificate: Certificate, words: str, rule: Rule | None = None) -> Violation:
    return Violation(FaultKind.MALFORMED, f"{_who(certificate)} {words}.", rule)


def _who(certificate: Certificate) -> str:
    return f"The certificate of {certificate.subject}" if certificate.subject else "The certificate"
