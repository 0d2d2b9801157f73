"""Finds the ways from a certificate to an authority that is trusted (RFC 4158).

A server may send certificates in any number, in any order, that sign one another in a circle. So the search keeps a
budget of signatures and of steps, never meets the same name and key twice on one way, and tries the likeliest first.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import cached_property, lru_cache

from rules.x509 import distinguished_names, keys, reading
from rules.x509.reading import Certificate, Unreadable

SIGNATURES, STEPS, PATHS = 100, 20_000, 64
"""Signatures that are checked, certificates that are tried and paths that are checked, before a search ends."""

OCTETS, POOLED = 1 << 20, 4 << 20
"""Bytes of certificates that a search reads whole, and bytes that are sorted by subject before the search."""

DEEPEST = 12
"""Certificates of a path, with leaf and root; public ones have four at the most."""


class CertificateOrigin(IntEnum):
    """Where a certificate comes from; what is trusted is tried first."""

    PUBLIC_ROOT = 0
    PRIVATE_ROOT = 1
    SENT = 2
    EXTRA = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A certificate that may have issued another."""

    certificate: Certificate
    origin: CertificateOrigin

    @property
    def is_trusted(self) -> bool:
        return self.origin <= CertificateOrigin.PRIVATE_ROOT


@dataclass(frozen=True)
class Path:
    """A way upwards, leaf first. ``badly_signed`` are the depths of certificates that the next one did not sign."""

    steps: tuple[Candidate, ...]
    badly_signed: tuple[int, ...] = ()

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        return tuple(step.certificate for step in self.steps)

    @property
    def top(self) -> Candidate:
        return self.steps[-1]

    @property
    def is_trusted(self) -> bool:
        return self.top.is_trusted

    @property
    def needs_extra(self) -> bool:
        return any(step.origin is CertificateOrigin.EXTRA for step in self.steps)


@dataclass(slots=True)
class PathBudget:
    """What a search may still spend."""

    signatures: int = SIGNATURES
    steps: int = STEPS
    octets: int = OCTETS
    _checked: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _called: dict[distinguished_names.Comparable, list[Candidate]] = field(
        default_factory=dict[distinguished_names.Comparable, list[Candidate]]
    )

    def called(self, name: distinguished_names.Comparable, pools: "tuple[Pool, ...]") -> list[Candidate]:
        """Return the certificates of a subject; they are read once, and counted each time."""
        found = self._called.get(name)
        if found is None:
            found = self._called[name] = [one for pool in pools for one in pool.called(name, self)]
        self.steps -= 1 + len(found)
        return found

    def check(self, child: Certificate, issuer: Certificate) -> bool:
        """Say whether ``issuer`` signed ``child``; a signature is paid for once."""
        pair = child.fingerprint, issuer.key_id
        if pair not in self._checked:
            self._checked.add(pair)
            self.signatures -= 1
        return is_signed(child, issuer)

    @property
    def is_spent(self) -> bool:
        return self.signatures <= 0 or self.steps <= 0 or self.octets <= 0


@dataclass(slots=True)
class Pool:
    """Certificates that may be issuers, by their subject. They are read only when somebody asks for that subject."""

    known: dict[distinguished_names.Comparable, list[tuple[bytes, CertificateOrigin]]] = field(
        default_factory=dict[distinguished_names.Comparable, list[tuple[bytes, CertificateOrigin]]]
    )

    is_full: bool = False
    """Whether certificates were left out because there were too many."""

    def add(self, ders: Iterable[bytes], origin: CertificateOrigin, most: int | None = None) -> None:
        """Add certificates (DER), ``most`` bytes at the most altogether; what is no certificate is left out."""
        octets = 0
        for der in ders:
            octets += len(der)
            if most is not None and octets > most:
                self.is_full = True
                return
            try:
                self.known.setdefault(_subject(der), []).append((der, origin))
            except Unreadable:
                continue

    def called(self, name: distinguished_names.Comparable, budget: PathBudget) -> Iterator[Candidate]:
        """Yield the certificates of a subject, each once, as long as there is a budget to read them."""
        for der, origin in dict(self.known.get(name, ())).items():
            if origin >= CertificateOrigin.SENT:
                budget.octets -= len(der)
            if budget.octets <= 0:
                return
            try:
                yield Candidate(reading.kept(der), origin)
            except Unreadable:
                continue


_subject = lru_cache(maxsize=512)(reading.subject_of)


def found(leaf: Candidate, pools: Iterable[Pool], budget: PathBudget, at: datetime) -> Iterator[Path]:
    """Yield the ways from ``leaf`` upwards that are trusted or end without an issuer, short and likely ones first.

    The first of the pools holds what is trusted.
    """
    if leaf.is_trusted:
        yield Path((leaf,))
        return
    near, far, known = deque[Path](), deque([Path((leaf,))]), tuple(pools)
    while (near or far) and not budget.is_spent:
        path = (near or far).popleft()
        went_on = False
        for longer in _steps_up(path, known, budget, at):
            went_on = True
            if longer.is_trusted:
                yield longer
            else:
                is_near = longer.top.certificate.comparable_issuer in known[0].known
                (near if is_near else far).append(longer)
        if not went_on:
            yield path
    yield from list(far)[-1:]


def _steps_up(path: Path, pools: tuple[Pool, ...], budget: PathBudget, at: datetime) -> Iterator[Path]:
    """Yield the path with each issuer that signed its top; where none did, with the likeliest, as badly signed."""
    if len(path.steps) == DEEPEST:
        return
    child = path.top.certificate
    namesakes = budget.called(child.comparable_issuer, pools)
    candidates = [one for one in namesakes if not _is_met(path, one)]
    if len(candidates) > 1:
        candidates.sort(key=lambda one: _likelihood(one, child, at))
    right = False
    for one in candidates:
        if budget.is_spent or (right and _is_other_key(child, one.certificate)):
            return
        if budget.check(child, one.certificate):
            right = True
            yield Path((*path.steps, one), path.badly_signed)
    if candidates and not right and _is_meant(child, candidates[0].certificate):
        yield Path((*path.steps, candidates[0]), (*path.badly_signed, len(path.steps) - 1))


def _is_meant(child: Certificate, issuer: Certificate) -> bool:
    """Say whether ``child`` can only mean this issuer, so that its signature is bad; else it means a namesake."""
    return not _is_other_key(child, issuer) and not (child.is_self_issued and is_signed(child, child))


def _is_other_key(child: Certificate, issuer: Certificate) -> bool:
    """Say whether ``child`` names another key than the issuer's; names of keys are hints, so it may have signed it."""
    wanted, has = child.authority_key_id, issuer.key_identifier
    return wanted is not None and has is not None and wanted != has


def _is_met(path: Path, one: Candidate) -> bool:
    """Say whether a path has already met the name and key of a certificate."""
    found = one.certificate
    return any(
        step.certificate.key_id == found.key_id and step.certificate.comparable_subject == found.comparable_subject
        for step in path.steps
    )


def _likelihood(one: Candidate, child: Certificate, at: datetime) -> tuple[object, ...]:
    certificate = one.certificate
    return (
        _is_other_key(child, certificate),
        not certificate.not_before <= at <= certificate.not_after,
        one.origin,
        -certificate.not_after.timestamp(),
    )


def is_signed(child: Certificate, issuer: Certificate) -> bool:
    """Say whether the key of ``issuer`` signed ``child``."""
    return _is_signed(child, issuer.spki)


@lru_cache(maxsize=512)
def _is_signed(child: Certificate, spki: bytes) -> bool:
    return keys.is_signed(spki, child.algorithm, child.signature_bits, child.signed)


def indexed(public: Iterable[bytes], private: Iterable[bytes]) -> tuple[Pool, Mapping[bytes, CertificateOrigin]]:
    """Return trusted certificates as a pool, and where each of them comes from."""
    pool, origins = Pool(), dict[bytes, CertificateOrigin]()
    for ders, origin in ((private, CertificateOrigin.PRIVATE_ROOT), (public, CertificateOrigin.PUBLIC_ROOT)):
        kept = tuple(dict.fromkeys(ders))
        pool.add(kept, origin)
        origins.update(dict.fromkeys(kept, origin))
    return pool, origins
