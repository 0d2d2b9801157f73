"""Unpacks the entries of a ZIP within limits that are counted in bytes, whatever the archive says of itself."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from rules.documents.contents import Content
from rules.documents.objections import Objectionable, ObjectionKind
from rules.documents.zip_directory import ZipEntry

CHUNK = 64 * 1024
_STORED, _DEFLATED = 0, 8

HARMLESS = 1024 * 1024
"""The unpacked bytes up to which any ratio is accepted: a blank page of text packs very well."""

Scratch = Callable[[Iterable[bytes]], AbstractContextManager[Content]]
"""Stores an unpacked file while it is looked at: takes its chunks, and returns it as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionLimits:
    """The limits of an inspection; a file that exceeds one is refused. Sizes are in bytes."""

    size: int = 25 * 1024 * 1024
    unpacked: int = 256 * 1024 * 1024
    """The most bytes that one upload may unpack to, over all its archives."""
    ratio: int = 200
    """The largest ratio of unpacked to packed bytes of one entry; text packs to a hundredth at the best."""
    members: int = 2_000
    """The most files in one upload, over all its archives."""
    depth: int = 2
    """How deep archives may lie in one another, the outermost counted; an office document is one."""
    pixels: int = 50_000_000
    """The most pixels of an image, all frames together: 50 megapixels take 200 MB when they are decoded."""
    email: int = 32 * 1024 * 1024
    """The most bytes of a mail, which is read into memory."""


class Budget:
    """What one upload may still unpack, counted down over all its archives."""

    def __init__(self, limits: InspectionLimits) -> None:
        self.limits = limits
        self.bytes_left = limits.unpacked
        self.members_left = limits.members

    def take_member(self) -> None:
        self.members_left -= 1
        if self.members_left < 0:
            raise Objectionable(ObjectionKind.TOO_MANY, "entries", most=self.limits.members)

    def take(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise Objectionable(ObjectionKind.BOMB, "total", most=self.limits.unpacked)


def unpacked(content: Content, entry: ZipEntry, budget: Budget) -> Iterator[bytes]:
    """Yield the bytes of an entry, in chunks of at most ``CHUNK``; raise ``Objectionable`` where a limit is exceeded.

    The bytes must be what the archive says: as many, and with that checksum.
    """
    if entry.unpacked > max(HARMLESS, entry.packed * budget.limits.ratio):
        raise Objectionable(ObjectionKind.BOMB, "ratio", most=budget.limits.ratio)
    if entry.unpacked > budget.bytes_left:
        raise Objectionable(ObjectionKind.BOMB, "total", most=budget.limits.unpacked)
    count, crc = 0, 0
    for chunk in _chunks(content, entry):
        count += len(chunk)
        if count > entry.unpacked:
            raise Objectionable(ObjectionKind.LYING, "size")
        budget.take(len(chunk))
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if (count, crc) != (entry.unpacked, entry.crc):
        raise Objectionable(ObjectionKind.LYING, "size" if count != entry.unpacked else "sum")


def _chunks(content: Content, entry: ZipEntry) -> Iterator[bytes]:
    end = entry.start + entry.packed
    if entry.method == _STORED:
        for at in range(entry.start, end, CHUNK):
            yield content[at : min(at + CHUNK, end)]
    elif entry.method == _DEFLATED:
        yield from _inflated(content, entry.start, end)
    else:
        raise Objectionable(ObjectionKind.UNREADABLE, "method", method=entry.method)


def _inflated(content: Content, start: int, end: int) -> Iterator[bytes]:
    """Yield the contents of a raw deflate stream, which must fill the bytes from ``start`` to ``end`` exactly."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(start, end, CHUNK):
            packed = content[at : min(at + CHUNK, end)]
            while packed:
                if inflater.eof:
                    raise Objectionable(ObjectionKind.POLYGLOT, "between")
                chunk = inflater.decompress(packed, CHUNK)
                packed = inflater.unconsumed_tail or inflater.unused_data
                if chunk:
                    yield chunk
        while not inflater.eof and (chunk := inflater.decompress(b"", CHUNK)):
            yield chunk
    except zlib.error:
        raise Objectionable(ObjectionKind.MALFORMED, "packed") from None
    if not inflater.eof:
        raise Objectionable(ObjectionKind.MALFORMED, "packed")
