"""Whether a chain of certificates leads from a server to an authority that is trusted, and all that is wrong with it.

    verify --> paths.found --> path_checks --> the path with the fewest and mildest violations

Of several paths clients take the one that works (RFC 4158), so what is wrong with the others is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import pairwise

from rules.x509 import name_constraints, path_checks, paths, reading
from rules.x509.path_checks import PathQuestion
from rules.x509.paths import Candidate, CertificateOrigin, Path, Pool
from rules.x509.reading import Certificate, Unreadable
from rules.x509.violations import Severity, Violation, ViolationKind, violation

MOST_SENT = 100
"""Certificates of a chain that are listed as sent; all of them are searched for issuers."""

Objections = Callable[[tuple[Certificate, ...]], Sequence[Severity]]
"""Returns the severity of each thing that is known against a path (leaf first) from elsewhere, such as a revocation."""

_leaf = lru_cache(maxsize=512)(reading.read)
"""Reads a leaf and remembers it: it is seen on each address of its endpoint, and again by the next scan. Leaves are too
many to be kept together with issuers."""

_ORDER = {kind: number for number, kind in enumerate(ViolationKind)}


class TrustRoots:
    """The authorities that are trusted. Public ones are held to the CA/Browser Forum's rules, private ones are not."""

    def __init__(self, public: Iterable[bytes], private: Iterable[bytes] = ()) -> None:
        """Take certificates as DER; what is none is left out."""
        self.pool, self.origins = paths.indexed(public, private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What became of a chain: ``path`` is leaf first, up to the root or as far as it could be followed.

    ``sent`` are the certificates that could be read, as sent; ``is_trusted`` says whether the path ends at a root that
    we trust. ``crl_urls`` are the lists that the certificates below the root name, those of the leaf first, and then
    those of other issuers that were sent. ``issuer_urls`` is where to fetch the issuer of the leaf, or, where the path
    is not trusted, the issuer of its last certificate.
    ``early_issuer`` is the certificate above the leaf that ends first, if it ends before the leaf, on the path that
    lasts longest of those that clients can take; None where the leaf ends first.
    """

    violations: tuple[Violation, ...]
    path: tuple[Certificate, ...] = ()
    sent: tuple[Certificate, ...] = ()
    is_trusted: bool = False
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    early_issuer: Certificate | None = None

    @property
    def ok(self) -> bool:
        """Whether clients accept it: no violation is critical."""
        return all(one.severity is not Severity.CRITICAL for one in self.violations)


@dataclass(frozen=True)
class _CheckedPath:
    path: Path
    violations: tuple[Violation, ...]
    objections: tuple[Severity, ...] = ()

    @cached_property
    def cost(self) -> tuple[int, ...]:
        """How bad it is: first by what is critical, then by whether it is trusted, then by the milder violations."""
        severities = [*(one.severity for one in self.violations), *self.objections]
        critical = severities.count(Severity.CRITICAL) + (not self.path.is_trusted)
        return critical, not self.path.is_trusted, severities.count(Severity.WARNING), len(severities)

    @property
    def is_good(self) -> bool:
        """Whether clients can take it."""
        return not self.cost[0]

    @cached_property
    def first_to_end(self) -> Certificate:
        """Its certificate that ends first; of several that end together the lowest."""
        return min(self.path.certificates, key=lambda one: one.not_after)

    @property
    def outlasts_its_leaf(self) -> bool:
        return self.first_to_end is self.path.certificates[0]


@dataclass(frozen=True, slots=True)
class _Search:
    """What a search for paths found: the best, those that lead to what is trusted, and whether it was given up."""

    best: _CheckedPath
    trusted: tuple[_CheckedPath, ...]
    is_spent: bool

    @property
    def early_issuer(self) -> Certificate | None:
        """What ends before the leaf on the path that lasts longest; None where no path is trusted."""
        paths = [one for one in self.trusted if one.is_good] or ([self.best] if self.best.path.is_trusted else [])
        longest = max(paths, key=lambda one: one.first_to_end.not_after, default=None)
        return None if longest is None or longest.outlasts_its_leaf else longest.first_to_end


def verify(
    chain: Sequence[bytes],
    *,
    roots: TrustRoots,
    at: datetime,
    host: str | None,
    extra: Sequence[bytes] = (),
    strict: bool = False,
    objections: Objections = lambda _path: (),
) -> Verification:
    """Return whether the chain that a server sent (DER, leaf first) vouches for ``host`` at the aware time ``at``.

    Without a ``host`` no name is compared.
    ``extra`` are issuers that were fetched from elsewhere. ``strict`` counts every rule of form, those
    of ``severity_overrides`` too, and holds all roots to the rules for public keys. ``objections`` count when the best
    of several paths is chosen, and are no violations here. Never raises for what strangers sent.
    """
    try:
        leaf = _leaf(chain[0]) if chain else None
    except Unreadable as error:
        return Verification(violations=(violation(ViolationKind.UNREADABLE, "leaf", reason=str(error)),))
    if leaf is None:
        return Verification(violations=(violation(ViolationKind.UNREADABLE, "none"),))
    question = PathQuestion(at=at.astimezone(UTC).replace(microsecond=0), host=host, strict=strict)
    sent, odd = _sent(leaf, chain)
    start = Candidate(leaf, roots.origins.get(leaf.der, CertificateOrigin.SENT))
    search = _searched(start, (chain, extra), roots, question, objections)
    best = search.best
    is_public = best.path.top.origin is CertificateOrigin.PUBLIC_ROOT
    found = [*path_checks.of_leaf(leaf, question, is_public=is_public), *best.violations, *odd]
    found += _of_end(best.path, is_spent=search.is_spent)
    found += _of_order(sent, best.path)
    top = best.path.top
    return Verification(
        violations=tuple(sorted(dict.fromkeys(found), key=lambda one: _ORDER[one.kind])),
        path=best.path.certificates,
        sent=sent,
        is_trusted=top.is_trusted,
        crl_urls=_lists(best.path, sent),
        issuer_urls=leaf.issuer_urls if top.is_trusted else top.certificate.issuer_urls,
        early_issuer=search.early_issuer,
    )


def _lists(path: Path, sent: tuple[Certificate, ...]) -> tuple[str, ...]:
    """Return the revocation lists for a path, and then those for paths that may be taken in its place."""
    below = path.certificates[:-1] if path.is_trusted and len(path.steps) > 1 else path.certificates
    beside = [one for one in sent if one.is_authority and not one.is_self_issued and one not in path.certificates]
    return tuple(dict.fromkeys(url for certificate in (*below, *beside) for url in certificate.crl_urls))


def _sent(leaf: Certificate, chain: Sequence[bytes]) -> tuple[tuple[Certificate, ...], list[Violation]]:
    sent, unreadable, octets = [leaf], 0, 0
    for der in chain[1:MOST_SENT]:
        octets += len(der)
        if octets > paths.OCTETS:
            break
        try:
            sent.append(reading.kept(der))
        except Unreadable:
            unreadable += 1
    if not unreadable:
        return tuple(sent), []
    kind, severity = ViolationKind.UNREADABLE, Severity.WARNING
    return tuple(sent), [violation(kind, "others", severity=severity, depth=None, count=unreadable)]


def _searched(
    leaf: Candidate,
    others: tuple[Sequence[bytes], Sequence[bytes]],
    roots: TrustRoots,
    question: PathQuestion,
    objections: Objections,
) -> _Search:
    """Search until a path is found that has no fault and lasts as long as its leaf, or until nothing is left to try.

    ``others`` is the chain as sent, and what was fetched from elsewhere. The best path is the one with the fewest and
    mildest violations.
    """
    pools = [roots.pool, Pool(), Pool()]
    pools[1].add(others[0][1:], CertificateOrigin.SENT, paths.POOLED)
    pools[2].add(others[1], CertificateOrigin.EXTRA, paths.POOLED)
    budget, comparisons = paths.PathBudget(), name_constraints.ComparisonBudget()
    # Of ways that lead nowhere, the longest says the most about what is missing.
    trusted, ends = list[_CheckedPath](), list[Path]()
    for path in paths.found(leaf, pools, budget, question.at):
        if not path.is_trusted:
            ends.append(path)
            continue
        checked = _checked(path, question, comparisons, tuple(objections(path.certificates)))
        trusted.append(checked)
        if not (checked.violations or checked.objections) and checked.outlasts_its_leaf:
            return _Search(min(trusted, key=lambda one: one.cost), tuple(trusted), is_spent=False)
        if len(trusted) == paths.PATHS:
            budget.steps = 0
    if not trusted and not ends:
        ends.append(Path((leaf,)))
    longest = max(ends, key=lambda one: len(one.steps), default=None)
    astray = [_checked(longest, question, comparisons)] if longest else []
    best = min((*trusted, *astray), key=lambda one: one.cost)
    return _Search(best, tuple(trusted), is_spent=budget.is_spent or any(pool.is_full for pool in pools))


def _checked(
    path: Path,
    question: PathQuestion,
    comparisons: name_constraints.ComparisonBudget,
    objections: tuple[Severity, ...] = (),
) -> _CheckedPath:
    is_public = path.top.origin is CertificateOrigin.PUBLIC_ROOT
    found = path_checks.of_path(path, question, comparisons, is_public=is_public)
    return _CheckedPath(path, (*found, *_of_extra(path)), objections)


def _of_extra(path: Path) -> Iterator[Violation]:
    if path.is_trusted and path.needs_extra:
        found = (
            (depth, step.certificate) for depth, step in enumerate(path.steps) if step.origin is CertificateOrigin.EXTRA
        )
        depth, missing = next(found)
        yield violation(ViolationKind.INCOMPLETE_CHAIN, "fetched", depth=depth, subject=missing.subject)


def _of_end(path: Path, *, is_spent: bool) -> Iterator[Violation]:
    """Yield why a path does not end at a root that is trusted."""
    kind, top, depth = ViolationKind.UNKNOWN_ISSUER, path.top.certificate, len(path.steps) - 1
    if path.is_trusted:
        return
    if is_spent:
        yield violation(kind, "search_given_up", depth=depth, signatures=paths.SIGNATURES, steps=paths.STEPS)
    elif top.is_self_issued and paths.is_signed(top, top):
        yield _of_own_end(path, top)
    elif len(path.steps) == paths.DEEPEST:
        yield violation(kind, "too_deep", depth=depth, most=paths.DEEPEST)
    elif len(path.steps) == 1:
        yield violation(ViolationKind.INCOMPLETE_CHAIN, "no_issuer", depth=depth + 1, issuer=top.issuer)
    else:
        yield violation(kind, "chain_ends", depth=depth, subject=top.subject, issuer=top.issuer)


def _of_own_end(path: Path, top: Certificate) -> Violation:
    if len(path.steps) == 1:
        return violation(ViolationKind.SELF_SIGNED, "leaf")
    depth = len(path.steps) - 1
    return violation(ViolationKind.UNKNOWN_ISSUER, "root_not_trusted", depth=depth, subject=top.subject)


def _of_order(sent: tuple[Certificate, ...], path: Path) -> Iterator[Violation]:
    """Yield what TLS before 1.3 did not allow in the order of certificates (RFC 5246, 7.4.2)."""
    if path.certificates[: len(sent)] == sent:
        return
    places = {certificate: number for number, certificate in reversed(list(enumerate(sent)))}
    used = [places[certificate] for certificate in path.certificates if certificate in places]
    if any(first > second for first, second in pairwise(used)):
        yield violation(ViolationKind.WRONG_ORDER, "order", depth=None)
    elif any(one.issuer_der != above.subject_der for one, above in pairwise(sent)):
        yield violation(ViolationKind.WRONG_ORDER, "unrelated", severity=Severity.NOTE, depth=None)
