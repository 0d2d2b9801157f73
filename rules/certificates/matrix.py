"""A finding as it is shown: which addresses serve the same, where one differs, where in its chain a fault stands."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.certificates.faults import Fault, FaultKind
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole


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

    ``differs`` are the columns in which it is not like most of the addresses that showed a certificate. Certificates
    that were asked for by their kind of key are compared among themselves.
    """

    address_finding: AddressFinding
    number: int | None
    differs: frozenset[Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBox:
    """A certificate of a chain, and the faults that are its own. ``link`` is None where the issuer is not known."""

    link: ChainLink | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainDrawing:
    """One of the chains that addresses send, the highest certificate first, the leaf last.

    ``number`` is that of its leaf; ``is_first`` says that no chain before it has that number. ``strays`` were sent and
    are part of no path; ``faults`` are those that belong to none of its boxes.
    """

    number: int
    is_first: bool
    addresses: tuple[str, ...]
    boxes: tuple[ChainBox, ...]
    strays: tuple[ChainLink, ...]
    faults: tuple[Fault, ...]


def rows(addresses: Sequence[AddressFinding]) -> tuple[MatrixRow, ...]:
    """Return one row for each address, in their order."""
    number = numbers(addresses)
    usual = {
        (column, kind): _usual(value, [one for one in addresses if one.other_kind is kind])
        for column, value in _VALUES.items()
        for kind in (False, True)
    }
    return tuple(
        MatrixRow(
            address_finding=one,
            number=number[one.leaf.fingerprint] if one.leaf else None,
            differs=frozenset(
                column
                for column, value in _VALUES.items()
                if one.leaf and value(one) not in (usual[column, one.other_kind], None)
            ),
        )
        for one in addresses
    )


def numbers(addresses: Sequence[AddressFinding]) -> dict[str, int]:
    """Return the fingerprints of the leaves, numbered from 1 as they appear."""
    fingerprints = dict.fromkeys(one.leaf.fingerprint for one in addresses if one.leaf)
    return {fingerprint: number for number, fingerprint in enumerate(fingerprints, start=1)}


def chains(addresses: Sequence[AddressFinding]) -> tuple[ChainDrawing, ...]:
    """Return the distinct chains that addresses send, each with those that send it."""
    number = numbers(addresses)
    found: dict[tuple[object, ...], list[AddressFinding]] = {}
    for one in addresses:
        if one.leaf:
            found.setdefault((*one.chain, *_of_chain(one.faults)), []).append(one)
    numbered = [(number[alike[0].chain[0].fingerprint], alike) for alike in found.values()]
    firsts = {one: place for place, (one, _) in reversed(list(enumerate(numbered)))}
    return tuple(_drawing(alike, one, is_first=firsts[one] == place) for place, (one, alike) in enumerate(numbered))


def lived(link: ChainLink, *, now: datetime) -> float | None:
    """Return which share of its lifetime a certificate has lived, from 0 to 1; None where its dates say nothing."""
    return share(link.not_before, link.not_after, at=now)


def share(start: datetime | None, end: datetime | None, *, at: datetime) -> float | None:
    """Return where a moment stands between two others, from 0 to 1."""
    if start is None or end is None or end <= start:
        return None
    return min(1.0, max(0.0, (at - start) / (end - start)))


_VALUES: dict[Column, Callable[[AddressFinding], Hashable]] = {
    Column.CERTIFICATE: lambda one: one.leaf and one.leaf.fingerprint,
    Column.VERDICT: lambda one: tuple(sorted(each.kind for each in one.faults)),
    Column.TLS_VERSION: lambda one: one.tls_version,
    Column.CIPHER: lambda one: one.cipher,
    Column.ALPN: lambda one: one.alpn,
    Column.STAPLE: lambda one: one.stapled,
    Column.HSTS: lambda one: one.hsts,
}


def _usual(value: Callable[[AddressFinding], Hashable], addresses: Sequence[AddressFinding]) -> Hashable:
    """Return the value that most addresses show, on a tie the first. None is not counted: it means "not asked"."""
    counted = Counter(each for one in addresses if one.leaf and (each := value(one)) is not None).most_common(1)
    return counted[0][0] if counted else None


def _drawing(alike: Sequence[AddressFinding], number: int, *, is_first: bool) -> ChainDrawing:
    first = alike[0]
    links = [link for link in first.chain if link.role is not ChainRole.STRAY]
    faults = _of_chain(first.faults)
    boxes = [ChainBox(link=link, faults=_at_depth(faults, depth)) for depth, link in enumerate(links)]
    missing = _at_depth(faults, len(links))
    return ChainDrawing(
        number=number,
        is_first=is_first,
        addresses=tuple(dict.fromkeys(each.address for each in alike)),
        boxes=tuple(reversed([*boxes, ChainBox(link=None, faults=missing)] if missing else boxes)),
        strays=tuple(link for link in first.chain if link.role is ChainRole.STRAY),
        faults=tuple(one for one in faults if one.depth is None or one.depth > len(links)),
    )


def _at_depth(faults: Sequence[Fault], depth: int) -> tuple[Fault, ...]:
    return tuple(one for one in faults if one.depth == depth)


NOT_OF_A_CHAIN = frozenset(
    {
        FaultKind.OLD_PROTOCOL, FaultKind.OUTDATED_HANDSHAKE, FaultKind.ADDRESSES_DIFFER, FaultKind.MACHINES_DIFFER,
        FaultKind.TLSA_MISMATCH, FaultKind.CAA_MISMATCH, FaultKind.CLIENT_CERTIFICATE,
    }
)  # fmt: skip
"""Faults of an address or of the endpoint, whatever its chain."""


def _of_chain(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(one for one in faults if one.kind not in NOT_OF_A_CHAIN)
