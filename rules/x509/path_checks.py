"""What is wrong with one path from a leaf to an authority, as RFC 5280, 6.1 and clients see it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from rules.x509 import baseline, host_names, keys, name_constraints, policies, profile
from rules.x509 import extensions as ext
from rules.x509.paths import Path
from rules.x509.reading import Certificate, clean
from rules.x509.severity_overrides import overridden
from rules.x509.violations import Rule, Violation, ViolationKind, at_depth, violation

_MOST_NAMES = 3
"""Names of a certificate for another host that are listed."""


NOTHING_OF_AN_ANCHOR = frozenset({Rule.SERIAL, Rule.NEGATIVE_SERIAL, Rule.DATE_FORM})
"""Rules about what an anchor does not have: it is a name and a key (RFC 5280, 6.1.1 d). Roots that all browsers trust
have the serial number zero, or a date in another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathQuestion:
    """What is asked of a path. ``at`` is aware and has no fractions of a second, as dates in certificates have none."""

    at: datetime
    host: str | None
    strict: bool


def of_leaf(leaf: Certificate, question: PathQuestion, *, is_public: bool) -> Iterator[Violation]:
    """Yield what is wrong with the leaf alone."""
    yield from _leaf_dates(leaf, question.at)
    if question.host is not None:
        yield from _leaf_names(leaf, question.host, strict=question.strict)
    if leaf.purposes and not {ext.SERVER_AUTH, ext.ANY_PURPOSE} & set(leaf.purposes):
        yield violation(ViolationKind.WRONG_PURPOSE, "leaf_not_for_servers")
    yield from _of_leaf_form(leaf, strict=question.strict, is_public=is_public)


@lru_cache(maxsize=512)
def _of_leaf_form(leaf: Certificate, *, strict: bool, is_public: bool) -> tuple[Violation, ...]:
    """Return what is wrong with a leaf at any time and for any host; cached, because other addresses serve it too."""
    return tuple(overridden(_leaf_form(leaf, strict=strict, is_public=is_public), strict=strict))


def _leaf_form(leaf: Certificate, *, strict: bool, is_public: bool) -> Iterator[Violation]:
    by_baseline = is_public or strict
    yield from profile.violations(leaf, is_leaf=True)
    yield from baseline.key_violations(leaf, is_public=by_baseline)
    yield from baseline.usage_violations(leaf)
    if by_baseline:
        yield from baseline.purpose_violations(leaf, is_leaf=True)
        yield from baseline.common_name_violations(leaf)
    if is_public and not strict:
        yield from baseline.public_violations(leaf)


def _leaf_dates(leaf: Certificate, at: datetime) -> Iterator[Violation]:
    if at > leaf.not_after:  # both ends are inside (RFC 5280, 4.1.2.5)
        yield violation(ViolationKind.EXPIRED, "leaf", not_after=leaf.not_after.isoformat())
    elif at < leaf.not_before:
        yield violation(ViolationKind.NOT_YET_VALID, "leaf", not_before=leaf.not_before.isoformat())


def _leaf_names(leaf: Certificate, host: str, *, strict: bool) -> Iterator[Violation]:
    if host_names.matches(host, leaf.names, leaf.addresses, strict=strict):
        return
    names = (*leaf.names, *leaf.addresses)
    more = max(len(names) - _MOST_NAMES, 0)
    yield violation(ViolationKind.WRONG_HOST, "names", names=names[:_MOST_NAMES], more=more, host=clean(host))


def of_path(
    path: Path, question: PathQuestion, budget: name_constraints.ComparisonBudget, *, is_public: bool
) -> Iterator[Violation]:
    """Yield what is wrong with the path above the leaf, and what it forbids the leaf."""
    certificates = path.certificates
    for depth in path.badly_signed:
        subject, issuer = certificates[depth].subject, certificates[depth + 1].subject
        yield violation(ViolationKind.BAD_SIGNATURE, "other_key", depth=depth, subject=subject, issuer=issuer)
    # A root is trusted because it is on a list: nobody relies on its own signature.
    ends = path.is_trusted or (len(certificates) > 1 and certificates[-1].is_self_issued)
    signed = certificates[:-1] if ends else certificates
    yield from overridden(_signatures(signed, by_baseline=is_public or question.strict), strict=question.strict)
    for depth, issuer in enumerate(certificates[1:], 1):
        is_anchor = ends and depth == len(certificates) - 1
        yield from _issuer_dates(issuer, question.at, depth)
        yield from _authority(certificates, depth, is_lenient=is_anchor and not question.strict)
        yield from at_depth(_of_issuer(issuer, strict=question.strict, is_anchor=is_anchor, is_public=is_public), depth)
    yield from _name_constraints(certificates, budget)
    yield from _policies(certificates)


@lru_cache(maxsize=512)
def _of_issuer(issuer: Certificate, *, strict: bool, is_anchor: bool, is_public: bool) -> tuple[Violation, ...]:
    """Return what is wrong with an issuer, whatever it issued; cached, because it is seen again and again."""
    found = _issuer_form(issuer, strict=strict, is_anchor=is_anchor, is_public=is_public)
    return tuple(overridden(found, strict=strict))


def _issuer_form(issuer: Certificate, *, strict: bool, is_anchor: bool, is_public: bool) -> Iterator[Violation]:
    by_baseline = is_public or strict
    yield from baseline.key_violations(issuer, is_public=by_baseline)
    if is_anchor and not strict:
        return  # it is trusted because it is on a list, whatever its form
    form = profile.violations(issuer, is_leaf=False)
    if is_anchor:
        yield from (one for one in form if one.rule not in NOTHING_OF_AN_ANCHOR)
        yield from baseline.anchor_violations(issuer)
        return
    yield from form
    if issuer.purposes and not {ext.SERVER_AUTH, ext.ANY_PURPOSE} & set(issuer.purposes):
        yield violation(ViolationKind.WRONG_PURPOSE, "issuer_not_for_servers", subject=issuer.subject)
    if by_baseline:
        yield from baseline.purpose_violations(issuer, is_leaf=False)


def _signatures(signed: Sequence[Certificate], *, by_baseline: bool) -> Iterator[Violation]:
    for depth, certificate in enumerate(signed):
        digest = keys.signature_digest(certificate.algorithm)
        found = baseline.signature_violations(certificate, digest, is_public=by_baseline)
        yield from at_depth(found, depth)


def _issuer_dates(issuer: Certificate, at: datetime, depth: int) -> Iterator[Violation]:
    if at > issuer.not_after:
        kind, moment = ViolationKind.EXPIRED_ISSUER, issuer.not_after.isoformat()
        yield violation(kind, "issuer", depth=depth, subject=issuer.subject, not_after=moment)
    elif at < issuer.not_before:
        kind, moment = ViolationKind.NOT_YET_VALID, issuer.not_before.isoformat()
        yield violation(kind, "issuer", depth=depth, subject=issuer.subject, not_before=moment)


def _authority(path: Sequence[Certificate], depth: int, *, is_lenient: bool) -> Iterator[Violation]:
    """Yield why the issuer at ``depth`` may not sign what is below it (RFC 5280, 6.1.4 k to n).

    ``is_lenient`` accepts a root without basic constraints, as those from before version 3 are.
    """
    kind, issuer = ViolationKind.NOT_AN_AUTHORITY, path[depth]
    subject = issuer.subject
    says_nothing = is_lenient and ext.BASIC_CONSTRAINTS not in issuer.extensions
    if not issuer.is_authority and not says_nothing:
        yield violation(kind, "no_authority", depth=depth, subject=subject)
    elif issuer.usage is not None and not issuer.usage & ext.KEY_CERT_SIGN:
        yield violation(kind, "key_usage", depth=depth, subject=subject)
    between = sum(not certificate.is_self_issued for certificate in path[1:depth])
    if issuer.path_length is not None and between > issuer.path_length:
        allowed = issuer.path_length
        yield violation(kind, "path_length", depth=depth, subject=subject, following=between, allowed=allowed)


def _name_constraints(path: Sequence[Certificate], budget: name_constraints.ComparisonBudget) -> Iterator[Violation]:
    """Yield the names that an authority further up forbids; self-issued authorities are exempt (RFC 5280, 6.1.3 b)."""
    for depth, issuer in enumerate(path[1:], 1):
        for below, certificate in enumerate(path[:depth]):
            if below and certificate.is_self_issued:
                continue
            try:
                yield from _forbidden(certificate, issuer, budget, depth)
            except name_constraints.Exhausted:
                most = name_constraints.COMPARISONS
                yield violation(ViolationKind.NAME_CONSTRAINTS, "too_many", depth=None, comparisons=most)
            except ValueError:
                subject = certificate.subject
                yield violation(ViolationKind.NAME_CONSTRAINTS, "incomparable", depth=below, subject=subject)


def _forbidden(
    certificate: Certificate, issuer: Certificate, budget: name_constraints.ComparisonBudget, depth: int
) -> Iterator[Violation]:
    found = name_constraints.of_issuer(issuer, budget)
    name = name_constraints.broken_by(certificate, found, budget) if found else None
    if name is not None:
        kind, subject = ViolationKind.NAME_CONSTRAINTS, issuer.subject
        yield violation(kind, "forbidden", depth=depth, subject=subject, name=clean(name))


def _policies(path: Sequence[Certificate]) -> Iterator[Violation]:
    try:
        missing = policies.is_required_and_missing(path)
    except ValueError:
        yield violation(ViolationKind.MALFORMED, "policies_unreadable", depth=None)
        return
    if missing:
        yield violation(ViolationKind.WRONG_PURPOSE, "policy_missing", depth=None)
