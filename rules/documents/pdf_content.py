"""What a PDF would do when it is opened, and whether it is one from its first byte to its last (ISO 32000-1).

Names are looked for in the file and in what its streams unpack to, wherever a reader may find objects. A name is
compared as readers read it, with its ``#xx`` resolved (7.3.5).
"""

import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from rules.documents.contents import Content, refuse_second_nature
from rules.documents.objections import Objectionable, ObjectionKind

MAGIC = b"%PDF-"

_END = b"%%EOF"
_WITHIN = 1024 + 64
"""The mark of the end is in the last 1024 bytes (annex H.3.4.4)."""

_BLANK = b"\0\t\n\f\r "
_ESCAPED = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%#]{0,40}#[^\x00\t\n\f\r ()<>\[\]{}/%]{1,80})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_ESCAPED = 100_000
"""The most names with escapes in one file; fonts have some, and each is compared by itself."""

_STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
_OBJECTS = re.compile(rb"[\t\n\f\r ]*\d+[\t\n\f\r ]+\d+[\t\n\f\r ]")
"""How an object stream begins: pairs of numbers (7.5.7)."""

_OBJECT_STREAM, _ENCRYPT = b"ObjStm", b"Encrypt"
_ACTIVE = {
    b"JavaScript": "pdf_javascript",
    b"Launch": "pdf_launch",
    b"EmbeddedFile": "pdf_embedded",
    b"EmbeddedFiles": "pdf_embedded",
    b"FileAttachment": "pdf_embedded",
    b"RichMedia": "pdf_media",
    b"Rendition": "pdf_media",
    b"Movie": "pdf_media",
    b"XFA": "pdf_form",
    b"SubmitForm": "pdf_form",
    b"ImportData": "pdf_form",
    b"GoToE": "pdf_elsewhere",
    b"GoToR": "pdf_elsewhere",
}
_NAME = re.compile(
    b"/(%s)(?![^\\x00\t\n\f\r ()<>\\[\\]{}/%%])" % b"|".join(sorted((*_ACTIVE, _OBJECT_STREAM, _ENCRYPT), reverse=True))
)
_MOST_STREAMS = 200_000
_PEEK = 4096
_CHUNK = 256 * 1024
_OBJECTS_LARGEST = 16 * 1024 * 1024
_STREAMS_TOTAL = 4
"""All streams together may unpack to this many times the limit of one file, because scanned pages pack well."""


def refuse_pdf(content: Content, *, most_unpacked: int) -> None:
    """Raise ``Objectionable`` where a PDF runs, opens, embeds or sends something, or cannot be looked into."""
    _refuse_ends(content)
    refuse_second_nature(content)
    declared = _refuse_names(content)
    for objects in _object_streams(content, declared, most_unpacked):
        _refuse_names(objects)


def _refuse_ends(content: Content) -> None:
    end = content.rfind(_END)
    if end < 0:
        raise Objectionable(ObjectionKind.MALFORMED, "cut_off")
    if content[end + len(_END) : end + _WITHIN].strip(_BLANK) or len(content) > end + _WITHIN:
        raise Objectionable(ObjectionKind.POLYGLOT, "after")


def _refuse_names(content: Content) -> list[int]:
    """Raise where a name lets a PDF do what it must not; return where object streams are declared, in ascending order.

    Encryption is reported before anything else, because the rest cannot be seen then.
    """
    active, declared = b"", list[int]()
    for place, name in chain(_plain_names(content), _escaped_names(content)):
        if name == _ENCRYPT:
            raise Objectionable(ObjectionKind.ENCRYPTED, "pdf")
        if name == _OBJECT_STREAM:
            declared.append(place)
        elif name in _ACTIVE:
            active = active or name
    if active:
        raise Objectionable(ObjectionKind.ACTIVE, _ACTIVE[active], name=active.decode())
    return sorted(declared)


def _plain_names(content: Content) -> Iterator[tuple[int, bytes]]:
    for found in _NAME.finditer(content):
        yield found.start(), found[1]


def _escaped_names(content: Content) -> Iterator[tuple[int, bytes]]:
    for number, found in enumerate(_ESCAPED.finditer(content)):
        if number == _MOST_ESCAPED:
            raise Objectionable(ObjectionKind.UNREADABLE, "pdf")
        yield found.start(), _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), found[1])


def _object_streams(content: Content, declared: list[int], most: int) -> Iterator[bytes]:
    """Yield the contents of each object stream. Other streams are only unpacked to count their bytes.

    ``declared`` are the places where the file declares an object stream. One that cannot be read raises
    ``Objectionable``.
    """
    work, before = 0, 0
    for number, stream in enumerate(_STREAM.finditer(content)):
        if number == _MOST_STREAMS:
            raise Objectionable(ObjectionKind.UNREADABLE, "pdf")
        upto = bisect_left(declared, stream.start(), before)
        is_declared, before = upto > before, upto
        unpacked = _unpacked(content, stream.end(), most)
        work += unpacked.work
        if work > most * _STREAMS_TOTAL:
            raise Objectionable(ObjectionKind.BOMB, "total", most=most * _STREAMS_TOTAL)
        if unpacked.objects is not None:
            yield unpacked.objects
        elif is_declared and not _OBJECTS.match(content, stream.end()):
            raise Objectionable(ObjectionKind.UNREADABLE, "pdf")


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A stream: its contents where it holds objects, and how many bytes went in and came out."""

    objects: bytes | None
    work: int


def _unpacked(content: Content, start: int, most: int) -> _Unpacked:
    """Unpack the stream that begins at ``start``, as far as it can be unpacked."""
    if not _is_zlib(content[start : start + 2]):
        return _Unpacked(None, 0)
    inflater, objects, size, first, at = zlib.decompressobj(), bytearray(), 0, b"", start
    with suppress(zlib.error):  # what came before the error counts
        while not inflater.eof and at < len(content):
            packed = content[at : at + (_CHUNK if first else _PEEK)]
            at += len(packed)
            while packed and not inflater.eof:
                chunk = inflater.decompress(packed, _CHUNK)
                packed = inflater.unconsumed_tail
                size += len(chunk)
                first = first or chunk
                if _OBJECTS.match(first):
                    objects += chunk
                if size > most or len(objects) > _OBJECTS_LARGEST:
                    raise Objectionable(ObjectionKind.BOMB, "total", most=most)
    return _Unpacked(bytes(objects) or None, size + at - start)


def _is_zlib(header: bytes) -> bool:
    """Tell whether two bytes are the header of deflated data (RFC 1950, section 2.2)."""
    return len(header) == 2 and header[0] & 0x0F == 8 and int.from_bytes(header) % 31 == 0  # noqa: PLR2004 - as there
