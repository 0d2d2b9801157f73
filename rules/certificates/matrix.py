"""A finding as people look at it: which addresses serve the same, where one differs, how a chain hangs together."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.certificates.faults import Fault, FaultKind
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Grade


class Column(StrEnum):
    """What is compared between addresses."""

    CERTIFICATE = "certificate"
    VERDICT = "verdict"
    TLS_VERSION = "tls_version"
    CIPHER = "cipher"
    ALPN = "alpn"
    STAPLE = "staple"
    HSTS = "hsts"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One address. ``number`` tells its certificate apart from the others, None where it showed none.

    ``differs`` are the columns in which it is not like most of the addresses that showed a certificate.
    """

    sight: AddressFinding
    number: int | None
    differs: frozenset[Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBox:
    """A certificate of a chain, and the faults that are its own. ``link`` is None where the issuer is not known."""

    link: ChainLink | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainDrawing:
    """One of the chains that addresses send, the root or whatever stands highest first, the leaf last.

    ``number`` is that of its leaf, ``is_first`` where no path before it has the same; ``strays`` were sent and are part
    of no path; ``faults`` are those that are at none of its boxes.
    """

    number: int
    is_first: bool
    addresses: tuple[str, ...]
    boxes: tuple[ChainBox, ...]
    strays: tuple[ChainLink, ...]
    faults: tuple[Fault, ...]


def rows(sights: Sequence[AddressFinding]) -> tuple[MatrixRow, ...]:
    """Return one row for each address, in their order."""
    number = numbers(sights)
    usual = {column: _usual(value, sights) for column, value in _VALUES.items()}
    return tuple(
        MatrixRow(
            sight=sight,
            number=number[sight.leaf.fingerprint] if sight.leaf else None,
            differs=frozenset(
                column for column, value in _VALUES.items() if sight.leaf and value(sight) not in (usual[column], None)
            ),
        )
        for sight in sights
    )


def numbers(sights: Sequence[AddressFinding]) -> dict[str, int]:
    """Return the fingerprints of the leaves, numbered from 1 as they appear."""
    seen = dict.fromkeys(sight.leaf.fingerprint for sight in sights if sight.leaf)
    return {fingerprint: number for number, fingerprint in enumerate(seen, start=1)}


def paths(sights: Sequence[AddressFinding], *, now: datetime) -> tuple[ChainDrawing, ...]:
    """Return the distinct chains that were seen, each with the addresses that send it."""
    number = numbers(sights)
    found: dict[tuple[object, ...], list[AddressFinding]] = {}
    for sight in sights:
        if sight.leaf:
            found.setdefault((*sight.chain, *_of_chain(sight.faults)), []).append(sight)
    numbered = [(number[alike[0].chain[0].fingerprint], alike) for alike in found.values()]
    firsts = {one: place for place, (one, _) in reversed(list(enumerate(numbered)))}
    return tuple(
        _path(alike, one, is_first=firsts[one] == place, now=now) for place, (one, alike) in enumerate(numbered)
    )


def lived(link: ChainLink, *, now: datetime) -> float | None:
    """Return which share of its lifetime a certificate has lived, from 0 to 1; None where its dates say nothing."""
    return share(link.not_before, link.not_after, at=now)


def share(start: datetime | None, end: datetime | None, *, at: datetime) -> float | None:
    """Return where a moment stands between two others, from 0 to 1."""
    if start is None or end is None or end <= start:
        return None
    return min(1.0, max(0.0, (at - start) / (end - start)))


_VALUES: dict[Column, Callable[[AddressFinding], Hashable]] = {
    Column.CERTIFICATE: lambda sight: sight.leaf and sight.leaf.fingerprint,
    Column.VERDICT: lambda sight: tuple(sorted(one.fault for one in sight.faults)),
    Column.TLS_VERSION: lambda sight: sight.tls_version,
    Column.CIPHER: lambda sight: sight.cipher,
    Column.ALPN: lambda sight: sight.alpn,
    Column.STAPLE: lambda sight: sight.stapled,
    Column.HSTS: lambda sight: sight.hsts,
}


def _usual(value: Callable[[AddressFinding], Hashable], sights: Sequence[AddressFinding]) -> Hashable:
    """Return what most addresses show; of equals what the first of them shows. None says that it was not asked."""
    counted = Counter(each for sight in sights if sight.leaf and (each := value(sight)) is not None).most_common(1)
    return counted[0][0] if counted else None


def _path(alike: Sequence[AddressFinding], number: int, *, is_first: bool, now: datetime) -> ChainDrawing:
    first = alike[0]
    links = [link for link in first.chain if link.role is not ChainRole.STRAY]
    placed = [(one, _place(one, links, now=now)) for one in _of_chain(first.faults)]
    above = tuple(one for one, place in placed if place == len(links))
    boxes = [
        ChainBox(link=link, faults=tuple(one for one, at in placed if at == place)) for place, link in enumerate(links)
    ]
    return ChainDrawing(
        number=number,
        is_first=is_first,
        addresses=tuple(sight.address for sight in alike),
        boxes=tuple(reversed([*boxes, ChainBox(link=None, faults=above)] if above else boxes)),
        strays=tuple(link for link in first.chain if link.role is ChainRole.STRAY),
        faults=tuple(one for one, place in placed if place is None),
    )


def _place(one: Fault, links: Sequence[ChainLink], *, now: datetime) -> int | None:
    """Return where in a chain (leaf first) a fault is: None where it is of all, the length where it is above it."""
    top = len(links) - 1
    if one.fault in _AT_THE_TOP:
        return top
    if one.fault is FaultKind.INCOMPLETE_CHAIN:
        unsent = (place for place, link in enumerate(links) if link.role is ChainRole.INTERMEDIATE and not link.sent)
        return next(unsent, top if links[top].role is ChainRole.ROOT else len(links))
    if one.fault is FaultKind.EXPIRED_ISSUER:
        return next((place for place, link in enumerate(links) if place and _is_over(link, now)), None)
    return 0 if one.fault in _OF_THE_LEAF else _named_first(one.words, links, otherwise=one.fault in _MOSTLY_THE_LEAF)


def _is_over(link: ChainLink, now: datetime) -> bool:
    return link.not_after is not None and now > link.not_after


def _named_first(words: str, links: Sequence[ChainLink], *, otherwise: bool) -> int | None:
    """Return whose subject stands first in the words; the leaf where ``otherwise``, and none does."""
    found = [(at, place) for place, link in enumerate(links) if link.subject and (at := words.find(link.subject)) >= 0]
    return min(found)[1] if found else 0 if otherwise else None


_AT_THE_TOP = frozenset({FaultKind.UNKNOWN_ISSUER, FaultKind.DISTRUSTED})
_OF_THE_LEAF = frozenset(
    {
        *(
            FaultKind.EXPIRED,
            FaultKind.WRONG_HOST,
            FaultKind.SELF_SIGNED,
            FaultKind.LIFETIME_TOO_LONG,
            FaultKind.SCTS_MISSING,
        ),
        *(FaultKind.STAPLE_MISSING, FaultKind.RENEWAL_LATE, FaultKind.UNREADABLE, FaultKind.REVOCATION_UNKNOWN),
    }
)
_MOSTLY_THE_LEAF = frozenset({FaultKind.NOT_YET_VALID, FaultKind.REVOKED, FaultKind.WRONG_PURPOSE})
"""What is told of other certificates by their names."""

BESIDE_THE_CHAIN = frozenset(
    {FaultKind.OLD_PROTOCOL, FaultKind.ADDRESSES_DIFFER, FaultKind.TLSA_MISMATCH, FaultKind.CAA_MISMATCH}
)
"""What is told of an address or of the endpoint, whatever its chain."""


def _of_chain(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(told for told in faults if told.fault not in BESIDE_THE_CHAIN)


IN_WORDS: dict[Grade, str] = {
    Grade.SOUND: "Sound",
    Grade.NOTED: "It works, and could be better",
    Grade.WARNED: "It works for now, or not for everybody",
    Grade.REFUSED: "Clients refuse it",
    Grade.UNSEEN: "No certificate was seen",
}
"""What a grade says."""


def hsts(header: str | None) -> str:
    """Return what a Strict-Transport-Security header (RFC 6797, section 6.1) promises: "365 days, subdomains"."""
    if not header:
        return "not asked" if header is None else "no"
    age = _MAX_AGE.search(header)
    if age is None:
        return "unreadable"
    days = int(age[1]) // 86400
    return f"{days} day{'s' if days != 1 else ''}{', subdomains' if 'includesubdomains' in header.lower() else ''}"


_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,10})\b", re.IGNORECASE)


def named(link: ChainLink) -> str:
    """Return what people call a certificate: by its subject, else by the first name that it stands for."""
    return called(link.subject) or next(iter(link.names), "without a name")


def called(subject: str) -> str:
    """Return what people call the owner of a distinguished name (RFC 4514): its common name, else what stands first."""
    parts = [part.partition("=") for part in _SEPARATORS.split(subject)]
    given = {key.strip().upper(): value for key, _, value in reversed(parts) if value}
    chosen = next((given[key] for key in ("CN", "OU", "O") if key in given), subject)
    return _ESCAPED.sub(r"\1", chosen)


_SEPARATORS = re.compile(r"(?<!\\)[,+]")
_ESCAPED = re.compile(r"\\([\"+,;<>\\ #=])")
