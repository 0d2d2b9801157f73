"""What is wrong with the form of a certificate by RFC 5280's profile, whatever path it is part of."""

from collections.abc import Iterator

from rules.x509 import asn1, distinguished_names, host_names, keys, name_constraints
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate
from rules.x509.violations import Parameter, Rule, Severity, Violation, ViolationKind, violation

MOST_OCTETS = 20
"""The length of a serial number at the most (RFC 5280, 4.1.2.2)."""

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
"""The extensions that every client has to read where a certificate has them."""


def violations(certificate: Certificate, *, is_leaf: bool) -> Iterator[Violation]:
    """Yield what is wrong with the form of a certificate, as a leaf or as an authority's."""
    yield from _of_serial(certificate)
    yield from _of_fields(certificate)
    yield from _of_extensions(certificate)
    yield from _of_key_identifiers(certificate)
    yield from _of_names(certificate)
    yield from _of_leaf(certificate) if is_leaf else _of_authority(certificate)


def _of_serial(certificate: Certificate) -> Iterator[Violation]:
    if certificate.serial_number < 0:
        yield _malformed(certificate, "serial_negative", Rule.NEGATIVE_SERIAL)
    elif certificate.serial_number == 0:
        yield _malformed(certificate, "serial_zero", Rule.SERIAL)
    elif certificate.serial_number.bit_length() >= 8 * MOST_OCTETS:
        yield _malformed(certificate, "serial_long", Rule.SERIAL, most=MOST_OCTETS)


def _of_fields(certificate: Certificate) -> Iterator[Violation]:
    if certificate.version != _LATEST_VERSION:
        yield _malformed(certificate, "version", version=certificate.version)
    if certificate.issuer_der == distinguished_names.EMPTY:
        yield _malformed(certificate, "no_issuer")
    if certificate.algorithm != certificate.algorithm_inside:
        yield _malformed(certificate, "algorithms_differ")
    if certificate.bad_time_form:
        yield _malformed(certificate, "date_form", Rule.DATE_FORM)
    if certificate.not_before > certificate.not_after:
        yield _malformed(certificate, "dates_swapped")
    if certificate.kind is keys.UNREADABLE:
        yield _malformed(certificate, "key_unreadable")
    if certificate.kind.curve == keys.EXPLICIT:
        yield _malformed(certificate, "own_curve")


def _of_extensions(certificate: Certificate) -> Iterator[Violation]:
    for oid in certificate.repeated:
        yield _malformed(certificate, "extension_repeated", oid=asn1.dotted(oid))
    for oid, why in certificate.broken.items():
        rule = None if oid in _NEEDED or certificate.extensions[oid].critical else Rule.UNREAD_EXTENSION
        yield _malformed(certificate, "extension_unreadable", rule, oid=asn1.dotted(oid), reason=why)
    for oid, extension in certificate.extensions.items():
        if extension.critical and oid not in UNDERSTOOD:
            yield violation(
                ViolationKind.CRITICAL_EXTENSION, "unknown", subject=certificate.subject, oid=asn1.dotted(oid)
            )
        if extension.critical and oid in _NEVER_CRITICAL:
            yield _malformed(certificate, "critical", Rule.CRITICALITY, extension=_NEVER_CRITICAL[oid])
        if not extension.critical and oid in _ALWAYS_CRITICAL:
            yield _malformed(certificate, "not_critical", Rule.CRITICALITY, extension=_ALWAYS_CRITICAL[oid])


def _of_key_identifiers(certificate: Certificate) -> Iterator[Violation]:
    has_own = ext.AUTHORITY_KEY in certificate.extensions
    # A CA that publishes its key in a self-signed certificate may leave the identifier out (RFC 5280, 4.2.1.1).
    is_missing = certificate.authority_key_id is None and ext.AUTHORITY_KEY not in certificate.broken
    if is_missing and (has_own or not (certificate.is_self_issued or _signs_itself(certificate))):
        yield _malformed(certificate, "no_authority_key_id", Rule.KEY_IDENTIFIERS)
    if certificate.is_authority and certificate.key_identifier is None:
        yield _malformed(certificate, "no_subject_key_id", Rule.KEY_IDENTIFIERS)


def _signs_itself(certificate: Certificate) -> bool:
    return keys.is_signed(certificate.spki, certificate.algorithm, certificate.signature_bits, certificate.signed)


def _of_names(certificate: Certificate) -> Iterator[Violation]:
    found = certificate.extensions.get(ext.ALTERNATIVE_NAMES)
    if found is None:
        return
    has_subject = certificate.subject_der != distinguished_names.EMPTY
    if found.critical == has_subject:
        detail = "names_critical" if has_subject else "names_not_critical"
        yield _malformed(certificate, detail, Rule.CRITICALITY)
    if certificate.alternatives == ():
        yield _malformed(certificate, "names_empty")
    odd = next((name for name in certificate.names if not host_names.is_name(name)), None)
    if odd is not None:
        yield _malformed(certificate, "name_no_host", Rule.NAME_FORM, name=odd)
    if any(tag == ext.ADDRESS and len(content) not in (4, 16) for tag, content in certificate.alternatives or ()):
        yield _malformed(certificate, "name_no_address", Rule.NAME_FORM)


def _of_leaf(certificate: Certificate) -> Iterator[Violation]:
    if ext.NAME_CONSTRAINTS in certificate.extensions:
        yield _malformed(certificate, "leaf_constrains_names", Rule.CONSTRAINED_LEAF)
    signs = certificate.usage is not None and certificate.usage & ext.KEY_CERT_SIGN
    if certificate.is_authority:
        yield _malformed(certificate, "authority_as_leaf", Rule.AUTHORITY_AS_LEAF)
    elif signs:
        yield _malformed(certificate, "leaf_may_sign", Rule.USAGE)
    if certificate.path_length is not None and not (certificate.is_authority and signs):
        yield _malformed(certificate, "leaf_limits_paths", Rule.USAGE)
    if certificate.purposes == ():
        yield _malformed(certificate, "purposes_empty")


def _of_authority(certificate: Certificate) -> Iterator[Violation]:
    if certificate.subject_der == distinguished_names.EMPTY:
        yield _malformed(certificate, "authority_nameless")
    basic = certificate.extensions.get(ext.BASIC_CONSTRAINTS)
    if basic is not None and not basic.critical:
        yield _malformed(certificate, "basic_constraints_not_critical", Rule.CRITICALITY)
    limits = certificate.extensions.get(ext.NAME_CONSTRAINTS)
    if limits is not None:
        yield from _of_constraints(certificate, limits.value)


def _of_constraints(certificate: Certificate, value: bytes) -> Iterator[Violation]:
    try:
        found = name_constraints.read(value)
    except ValueError as error:
        yield _malformed(certificate, "name_constraints_unreadable", reason=str(error))
        return
    if found.has_leading_dots:
        yield _malformed(certificate, "name_constraint_dot", Rule.CONSTRAINT_FORM)


def _malformed(certificate: Certificate, detail: str, rule: Rule | None = None, **parameters: Parameter) -> Violation:
    said = (("subject", certificate.subject), *parameters.items())
    return Violation(ViolationKind.MALFORMED, detail, Severity.CRITICAL, said, rule=rule)
