"""Whether certificates of a path were revoked, by lists (CRLs) and by OCSP responses, stapled or asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from rules.x509 import crls as lists
from rules.x509 import distinguished_names, ocsp
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate
from rules.x509.violations import Severity, Violation, ViolationKind, at_depth, violation

Crl = lists.Crl
read_crl = lists.read
"""Reads a list (DER or PEM); raises ``reading.Unreadable``. Large lists are worth keeping."""

_UNDERSTOOD = frozenset({lists.POINT, ext.AUTHORITY_KEY, lists.NUMBER})
"""Extensions of a list that may be critical; a delta says too little, so it is not among them."""


_FETCHED = ("http://", "https://")


def check(
    path: Sequence[Certificate],
    *,
    crls: Iterable[Crl] = (),
    staple: bytes = b"",
    answers: Mapping[str, bytes] | None = None,
    at: datetime,
    required: bool = False,
) -> tuple[Violation, ...]:
    """Return what is known against the certificates of ``path`` (leaf first, anchor last) at the aware time ``at``.

    ``answers`` are OCSP responses by ``ocsp.query_url``; they count where no list settles the matter. With
    ``required``, it is critical where the status of any certificate below the anchor stays unknown. Otherwise there is
    a note where that of the leaf stays unknown though it names lists or a responder.
    """
    moment, known = at.astimezone(UTC).replace(microsecond=0), tuple(crls)
    found = list(_of_staple(path, staple, moment))
    is_stapled = bool(staple) and not found
    for depth, (certificate, issuer) in enumerate(pairwise(path)):
        if any(one.kind is ViolationKind.REVOKED for one in found) and not depth:
            continue
        usable, listed = _by_lists(certificate, issuer, known, moment)
        if not usable and answers:
            usable, listed = _by_answer(certificate, issuer, answers, moment)
        if not usable and not (is_stapled and not depth):
            listed = list(_unsettled(certificate, is_leaf=not depth, required=required))
        found += at_depth(listed, depth)
    return tuple(found)


def _unsettled(certificate: Certificate, *, is_leaf: bool, required: bool) -> Iterator[Violation]:
    kind = ViolationKind.REVOCATION_UNKNOWN
    if required:
        yield violation(kind, "required", severity=Severity.CRITICAL, subject=certificate.subject)
    elif is_leaf and certificate.crl_urls:
        yield violation(kind, "no_list")
    elif is_leaf and certificate.ocsp_urls:
        yield violation(kind, "no_answer")


def queries(path: Sequence[Certificate]) -> tuple[str, ...]:
    """Return where OCSP is worth asking about the certificates of ``path`` that name no list (``ocsp.query_url``)."""
    pairs = ((one, issuer) for one, issuer in pairwise(path) if names_ocsp_alone(one))
    return tuple(url for one, issuer in pairs if (url := ocsp.query_url(one, issuer)))


def names_ocsp_alone(certificate: Certificate) -> bool:
    """Say whether OCSP is all that can be asked about a certificate: lists in a directory (LDAP) are not fetched."""
    return bool(certificate.ocsp_urls) and not any(url.startswith(_FETCHED) for url in certificate.crl_urls)


def _by_answer(
    certificate: Certificate, issuer: Certificate, answers: Mapping[str, bytes], at: datetime
) -> tuple[bool, list[Violation]]:
    """Return whether an OCSP response settles it, and what it has against a certificate."""
    response = answers.get(ocsp.query_url(certificate, issuer) or "")
    if response is None:
        return False, []
    try:
        found = ocsp.status(response, certificate, issuer, at)
    except ocsp.Unusable:
        return False, []
    return True, [_revoked(certificate, found.revoked_at, found.reason)] if found.revoked_at else []


def _by_lists(
    certificate: Certificate, issuer: Certificate, crls: Iterable[Crl], at: datetime
) -> tuple[bool, list[Violation]]:
    """Return whether the lists settle it, and what they have against a certificate."""
    usable = False
    for crl in crls:
        if not _is_authentic(crl, certificate, issuer, at) or not _is_about(crl, certificate):
            continue
        try:
            entry = crl.entry(certificate.serial_number)
            if entry is not None:
                return True, [_revoked(certificate, entry.at, entry.reason)]
            usable = usable or _is_complete(crl, at)
        except ValueError:
            continue
    return usable, []


def _is_complete(crl: Crl, at: datetime) -> bool:
    """Say whether a list is current and complete: then a certificate that is not on it is not revoked."""
    return at <= crl.next_update and not crl.scope.is_partial and not crl.is_repetitive and crl.is_understood


def _revoked(certificate: Certificate, at: datetime, reason: str) -> Violation:
    subject = certificate.subject if certificate.is_authority else ""
    return violation(ViolationKind.REVOKED, "revoked", subject=subject, at=at.isoformat(), reason=reason)


def _is_authentic(crl: Crl, certificate: Certificate, issuer: Certificate, at: datetime) -> bool:
    """Say whether a list comes from the issuer of a certificate, in a form that may be used (RFC 5280, 5.2, 6.3)."""
    number = crl.extensions.get(lists.NUMBER)
    return (
        distinguished_names.comparable(crl.issuer_der) == certificate.comparable_issuer
        and crl.this_update <= at
        and number is not None
        and not number.critical
        and all(oid in _UNDERSTOOD for oid, extension in crl.extensions.items() if extension.critical)
        and (issuer.usage is None or bool(issuer.usage & ext.CRL_SIGN))
        and crl.is_signed_by(issuer)
    )


def _is_about(crl: Crl, certificate: Certificate) -> bool:
    """Say whether a certificate is within the scope of a list (RFC 5280, 6.3.3 b; BR 7.2.2.1)."""
    scope = crl.scope
    excluded = scope.users_only if certificate.is_authority else scope.authorities_only
    if excluded or scope.is_of_others:
        return False
    return scope.names is None or _is_at(scope.names, certificate)


def _is_at(names: Sequence[ext.GeneralName], certificate: Certificate) -> bool:
    """Say whether the certificate and the list name one URI alike, byte for byte, and nothing but URIs beside it."""
    found = certificate.extensions.get(ext.DISTRIBUTION_POINTS)
    if found is None or ext.DISTRIBUTION_POINTS in certificate.broken or not names:
        return False
    points, wanted = ext.distribution_points(found.value), set(names)
    return all(tag == ext.URI for tag, _ in names) and any(
        not wanted.isdisjoint(point) and all(tag == ext.URI for tag, _ in point) for point in points
    )


def _of_staple(path: Sequence[Certificate], staple: bytes, at: datetime) -> Iterator[Violation]:
    leaf = path[0] if path else None
    if leaf is None:
        return
    if not staple:
        if leaf.must_staple:
            yield violation(ViolationKind.STAPLE_MISSING, "none")
        return
    if len(path) == 1:
        return
    try:
        found = ocsp.status(staple, leaf, path[1], at)
    except ocsp.Unusable as error:
        kind = ViolationKind.STAPLE_MISSING if leaf.must_staple else ViolationKind.REVOCATION_UNKNOWN
        severity = None if leaf.must_staple else Severity.WARNING
        yield violation(kind, "staple_unusable", severity=severity, reason=str(error))
        return
    if found.revoked_at is not None:
        yield _revoked(leaf, found.revoked_at, found.reason)
