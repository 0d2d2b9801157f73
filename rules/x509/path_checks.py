"""What is wrong with one path from a leaf to an authority, as RFC 5280, 6.1 and clients see it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from rules.certificates.faults import Fault, FaultKind, fault
from rules.x509 import baseline, host_names, keys, name_constraints, policies, profile
from rules.x509 import extensions as ext
from rules.x509.paths import Path
from rules.x509.reading import Certificate, clean
from rules.x509.severity_overrides import Violation, weighed

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PathQuestion:
    """What is asked of a path. ``at`` is aware and has no fractions of a second, as dates in certificates have none."""

    at: datetime
    host: str | None
    strict: bool


def of_leaf(leaf: Certificate, question: PathQuestion, *, is_public: bool) -> Iterator[Fault]:
    """Yield what is wrong with the leaf alone."""
    yield from _leaf_dates(leaf, question.at)
    if question.host is not None:
        yield from _leaf_names(leaf, question.host, strict=question.strict)
    if leaf.purposes and not {ext.SERVER_AUTH, ext.ANY_PURPOSE} & set(leaf.purposes):
        yield fault(FaultKind.WRONG_PURPOSE, "The certificate is not for a server (extended key usage).")
    yield from _weighed(_leaf_flaws(leaf, question, is_public=is_public), question)


def _leaf_flaws(leaf: Certificate, question: PathQuestion, *, is_public: bool) -> Iterator[Violation]:
    by_baseline = is_public or question.strict
    yield from profile.flaws(leaf, is_leaf=True)
    yield from baseline.key_flaws(leaf, is_public=by_baseline)
    yield from baseline.usage_flaws(leaf)
    if by_baseline:
        yield from baseline.purpose_flaws(leaf, is_leaf=True)
        yield from baseline.common_name_flaws(leaf)
    if is_public and not question.strict:
        yield from baseline.public_flaws(leaf)


def _leaf_dates(leaf: Certificate, at: datetime) -> Iterator[Fault]:
    if at > leaf.not_after:  # both ends are inside (RFC 5280, 4.1.2.5)
        yield fault(FaultKind.EXPIRED, f"The certificate expired on {leaf.not_after:%Y-%m-%d %H:%M} UTC.")
    elif at < leaf.not_before:
        yield fault(
            FaultKind.NOT_YET_VALID, f"The certificate is not valid before {leaf.not_before:%Y-%m-%d %H:%M} UTC."
        )


def _leaf_names(leaf: Certificate, host: str, *, strict: bool) -> Iterator[Fault]:
    if host_names.matches(host, leaf.names, leaf.addresses, strict=strict):
        return
    names = (*leaf.names, *leaf.addresses)
    stands_for = ", ".join(names[:_MOST_SHOWN]) or "no host"
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    yield fault(FaultKind.WRONG_HOST, f"The certificate is for {stands_for}{more}, not for {host}.")


def of_path(
    path: Path, question: PathQuestion, budget: name_constraints.ComparisonBudget, *, is_public: bool
) -> Iterator[Fault]:
    """Yield what is wrong with the path above the leaf, and what it forbids the leaf."""
    certificates = path.certificates
    for position in path.badly_signed:
        issuer = certificates[position + 1].subject
        words = f"The certificate of {certificates[position].subject} is not signed by the key of {issuer}."
        yield fault(FaultKind.BAD_SIGNATURE, words)
    # A root is trusted, or not, for being itself: nobody relies on what it says of its own form.
    ends = path.is_trusted or (len(certificates) > 1 and certificates[-1].is_self_issued)
    signed = certificates[:-1] if ends else certificates
    yield from _weighed(_signatures(signed, by_baseline=is_public or question.strict), question)
    for depth, issuer in enumerate(certificates[1:], 1):
        is_anchor = ends and depth == len(certificates) - 1
        yield from _issuer_dates(issuer, question.at)
        yield from _authority(certificates, depth, is_lenient=is_anchor and not question.strict)
        yield from _of_issuer(issuer, strict=question.strict, is_anchor=is_anchor, is_public=is_public)
    yield from _name_constraints(certificates, budget)
    yield from _policies(certificates)


@lru_cache(maxsize=512)
def _of_issuer(issuer: Certificate, *, strict: bool, is_anchor: bool, is_public: bool) -> tuple[Fault, ...]:
    """Return what is wrong with an issuer whatever it issued, remembered: it is seen again and again."""
    flaws = _issuer_flaws(issuer, strict=strict, is_anchor=is_anchor, is_public=is_public)
    return tuple(found for flaw in flaws if (found := weighed(flaw, strict=strict)) is not None)


def _issuer_flaws(issuer: Certificate, *, strict: bool, is_anchor: bool, is_public: bool) -> Iterator[Violation]:
    by_baseline = is_public or strict
    yield from baseline.key_flaws(issuer, is_public=by_baseline)
    if is_anchor and not strict:
        return  # it is trusted for being itself, whatever its form
    yield from profile.flaws(issuer, is_leaf=False)
    if is_anchor:
        yield from baseline.anchor_flaws(issuer)
        return
    if issuer.purposes and not {ext.SERVER_AUTH, ext.ANY_PURPOSE} & set(issuer.purposes):
        words = f"The authority {issuer.subject} may not certify servers (extended key usage)."
        yield Violation(FaultKind.WRONG_PURPOSE, words)
    if by_baseline:
        yield from baseline.purpose_flaws(issuer, is_leaf=False)


def _signatures(signed: Sequence[Certificate], *, by_baseline: bool) -> Iterator[Violation]:
    for certificate in signed:
        digest = keys.signature_digest(certificate.algorithm)
        yield from baseline.signature_flaws(certificate, digest, is_public=by_baseline)


def _issuer_dates(issuer: Certificate, at: datetime) -> Iterator[Fault]:
    if at > issuer.not_after:
        words = f"The certificate of the authority {issuer.subject} expired on {issuer.not_after:%Y-%m-%d %H:%M} UTC."
        yield fault(FaultKind.EXPIRED_ISSUER, words)
    elif at < issuer.not_before:
        since = f"{issuer.not_before:%Y-%m-%d %H:%M} UTC"
        yield fault(
            FaultKind.NOT_YET_VALID, f"The certificate of the authority {issuer.subject} is not valid before {since}."
        )


def _authority(path: Sequence[Certificate], depth: int, *, is_lenient: bool) -> Iterator[Fault]:
    """Yield why the issuer at ``depth`` may not sign what is below it (RFC 5280, 6.1.4 k to n).

    ``is_lenient`` lets a root of times before version 3 say nothing about it.
    """
    issuer = path[depth]
    says_nothing = is_lenient and ext.BASIC_CONSTRAINTS not in issuer.extensions
    if not issuer.is_authority and not says_nothing:
        yield fault(FaultKind.NOT_AN_AUTHORITY, f"{issuer.subject} signs certificates, and is no authority.")
    elif issuer.usage is not None and not issuer.usage & ext.KEY_CERT_SIGN:
        yield fault(FaultKind.NOT_AN_AUTHORITY, f"The key of {issuer.subject} may not sign certificates.")
    between = sum(not certificate.is_self_issued for certificate in path[1:depth])
    if issuer.path_length is not None and between > issuer.path_length:
        words = f"{between} authorities follow {issuer.subject}, which allows {issuer.path_length}."
        yield fault(FaultKind.NOT_AN_AUTHORITY, words)


def _name_constraints(path: Sequence[Certificate], budget: name_constraints.ComparisonBudget) -> Iterator[Fault]:
    """Yield the names that an authority further up forbids; self-issued authorities are exempt (RFC 5280, 6.1.3 b)."""
    for depth, issuer in enumerate(path[1:], 1):
        for below, certificate in enumerate(path[:depth]):
            if below and certificate.is_self_issued:
                continue
            words = _forbidden(certificate, issuer, budget)
            if words:
                yield fault(FaultKind.NAME_CONSTRAINTS, words)


def _forbidden(certificate: Certificate, issuer: Certificate, budget: name_constraints.ComparisonBudget) -> str | None:
    try:
        found = name_constraints.of_issuer(issuer, budget)
        name = name_constraints.broken_by(certificate, found, budget) if found else None
    except name_constraints.Exhausted as error:
        return str(error)
    except ValueError:
        return f"{certificate.subject or 'The certificate'} has a name that cannot be compared with those allowed."
    return f"The authority {issuer.subject} may not certify {clean(name)}." if name is not None else None


def _policies(path: Sequence[Certificate]) -> Iterator[Fault]:
    try:
        missing = policies.is_required_and_missing(path)
    except ValueError:
        yield fault(FaultKind.MALFORMED, "The chain says about policies what cannot be read.")
        return
    if missing:
        yield fault(FaultKind.WRONG_PURPOSE, "An authority of the chain requires a policy, and none holds along it.")


def _weighed(flaws: Iterator[Violation], question: PathQuestion) -> Iterator[Fault]:
    for flaw in flaws:
        found = weighed(flaw, strict=question.strict)
        if found is not None:
            yield found
