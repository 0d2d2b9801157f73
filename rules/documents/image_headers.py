"""How many pixels an image has by its headers, without decoding it; and checks that the file holds nothing else.

PNG: ISO/IEC 15948 (chunks). JPEG: ITU-T T.81 annex B (segments). WebP: RFC 9649 (RIFF chunks).
"""

import re
import struct
import zlib
from typing import cast

from rules.documents.contents import Content, refuse_second_nature
from rules.documents.media_types import MediaType
from rules.documents.objections import Objectionable, ObjectionKind

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"

_MOST_PARTS = 20_000
"""The most chunks, segments or scans of one image; real ones have dozens, those with many small IDAT thousands."""

_IHDR, _SUM = 13, 4  # bytes
_PIECE = 1024 * 1024
_PADDING = re.compile(rb"\0*")
_MARKER = re.compile(rb"\xff++[^\x00\xd0-\xd7]")
_AFTER_CODED = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data FF is followed by 00 or a restart marker
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_SCAN, _START, _END, _APP0, _ALONE = 0xDA, 0xD8, 0xD9, 0xE0, 0x01


def refuse_image(content: Content, kind: MediaType, *, most_pixels: int) -> None:
    """Raise ``Objectionable`` where an image has too many pixels, is broken, or is also something else."""
    refuse_second_nature(content)
    pixels = _PIXELS[kind](content)
    if pixels < 1:
        raise Objectionable(ObjectionKind.MALFORMED, "image")
    if pixels > most_pixels:
        raise Objectionable(ObjectionKind.PIXELS, found=pixels, most=most_pixels)


def _png(content: Content) -> int:
    pixels, frames, at = 0, 1, len(PNG_MAGIC)
    for _ in range(_MOST_PARTS):
        name, start, after = _png_chunk(content, at)
        if name == b"IHDR":
            pixels = pixels or _area(*struct.unpack(">2L", content[start : start + 8]))
        elif not pixels:
            raise Objectionable(ObjectionKind.MALFORMED, "image")
        elif name == b"acTL":  # an animation (PNG third edition, 11.3.6.1)
            frames = int.from_bytes(content[start : start + 4])
        elif name == b"IEND":
            if after != len(content):
                raise Objectionable(ObjectionKind.POLYGLOT, "after")
            return pixels * max(frames, 1)
        at = after
    raise Objectionable(ObjectionKind.TOO_MANY, "parts", most=_MOST_PARTS)


def _png_chunk(content: Content, at: int) -> tuple[bytes, int, int]:
    """Return the name of the chunk at ``at``, where its data begin, and where the next chunk is."""
    length, name, start = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], at + 8
    end = start + length
    if not name.isalpha() or end + _SUM > len(content) or (name == b"IHDR" and length != _IHDR):
        raise Objectionable(ObjectionKind.MALFORMED, "cut_off")
    crc = zlib.crc32(name)
    for piece in range(start, end, _PIECE):
        crc = zlib.crc32(content[piece : min(piece + _PIECE, end)], crc)
    if int.from_bytes(content[end : end + _SUM]) != crc:
        raise Objectionable(ObjectionKind.LYING, "sum")
    return name, start, end + _SUM


def _jpeg(content: Content) -> int:
    """Return the pixels of all pictures in the file: cameras put smaller ones after the first (CIPA DC-007)."""
    pixels, at = 0, 0
    while at < len(content):
        if content[at : at + 3] != JPEG_MAGIC:
            raise Objectionable(ObjectionKind.POLYGLOT, "after")
        found, at = _jpeg_picture(content, at + 2)
        pixels += found
        at = cast("re.Match[bytes]", _PADDING.match(content, at)).end()
    return pixels


def _jpeg_picture(content: Content, at: int) -> tuple[int, int]:
    """Return the pixels of the picture whose first segment is at ``at``, and where it ends."""
    pixels = 0
    for number in range(_MOST_PARTS):
        found = _MARKER.match(content, at)
        if found is None or found[0][-1] == _START:
            raise Objectionable(ObjectionKind.MALFORMED, "image")
        marker, at = found[0][-1], found.end()
        if marker == _END:
            return pixels, at
        if marker == _ALONE:
            continue
        length = int.from_bytes(content[at : at + 2])
        body = content[at + 2 : min(at + length, at + 64)]
        if length < 2 or at + length > len(content):  # noqa: PLR2004 - the length counts itself
            raise Objectionable(ObjectionKind.MALFORMED, "cut_off")
        if marker in _FRAMES and len(body) >= 5:  # noqa: PLR2004 - precision, height, width
            pixels = max(pixels, _area(*struct.unpack_from(">2H", body, 1)))
        if number == 0 and marker == _APP0 and not _is_jfif(body, length):
            raise Objectionable(ObjectionKind.POLYGLOT, "script")
        at = _scan_end(content, at + length) if marker == _SCAN else at + length
    raise Objectionable(ObjectionKind.TOO_MANY, "parts", most=_MOST_PARTS)


def _is_jfif(body: bytes, length: int) -> bool:
    """Tell whether the first segment is as long as its thumbnail requires; one that spells "/*" begins a script."""
    return body[:5] != b"JFIF\0" or (len(body) >= 14 and length == 16 + 3 * body[12] * body[13])  # noqa: PLR2004


def _scan_end(content: Content, at: int) -> int:
    found = _AFTER_CODED.search(content, at)
    if found is None:
        raise Objectionable(ObjectionKind.MALFORMED, "cut_off")
    return found.start()


def _webp(content: Content) -> int:
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        longer = int.from_bytes(content[4:8], "little") + 8 < len(content)
        raise Objectionable(*((ObjectionKind.POLYGLOT, "after") if longer else (ObjectionKind.MALFORMED, "cut_off")))
    area, frames, at = 0, 0, 12
    for _ in range(_MOST_PARTS):
        if at == len(content):
            return area * max(frames, 1)
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if at + 8 + length > len(content):
            raise Objectionable(ObjectionKind.MALFORMED, "cut_off")
        area = max(area, _webp_area(name, content[at + 8 : at + 8 + min(length, 16)]))
        frames += name == b"ANMF"
        at = min(at + 8 + length + length % 2, len(content))
    raise Objectionable(ObjectionKind.TOO_MANY, "parts", most=_MOST_PARTS)


def _webp_area(name: bytes, body: bytes) -> int:
    if name == b"VP8X" and len(body) >= 10:  # noqa: PLR2004 - flags, then two numbers of 24 bits
        return _area(int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1)
    if name == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:  # noqa: PLR2004 - two numbers of 14 bits
        bits = int.from_bytes(body[1:5], "little")
        return _area((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) >= 10:  # noqa: PLR2004 - two numbers of 14 bits
        return _area(*(side & 0x3FFF for side in struct.unpack_from("<2H", body, 6)))
    return 0


def _area(width: int, height: int) -> int:
    return width * height


_PIXELS = {MediaType.PNG: _png, MediaType.JPEG: _jpeg, MediaType.WEBP: _webp}
