"""A file's bytes as inspections get them, and checks of what is hidden in them."""

import re
from mmap import mmap

from rules.documents.objections import Objectionable, ObjectionKind

Content = bytes | mmap
"""All of a file: in memory where it is small, mapped where it is not, so that looking at it costs no memory."""

PDF_WITHIN = 1024
"""PDF readers search the header in this many bytes at the beginning of a file (ISO 32000-1, annex H.3.4.1)."""

ZIP_END = b"PK\x05\x06"
ZIP_TAIL = 22 + 65535
"""A ZIP is found from its end: the record there and the longest comment (APPNOTE.TXT, section 4.3.16)."""

_PDF_HEADER = re.compile(rb"%PDF-\d")
_MARKUP = re.compile(
    rb"<(?:script|html|iframe|object|embed|svg|body|!doctype\s+html)[\s>/]|<\?php\s|<\?=\s*[$@`]|<!entity\s",
    re.IGNORECASE,
)
_PROGRAMS = (
    (b"MZ", "windows"),
    (b"\x7fELF", "linux"),
    (b"\xfe\xed\xfa\xce", "macos"),
    (b"\xfe\xed\xfa\xcf", "macos"),
    (b"\xce\xfa\xed\xfe", "macos"),
    (b"\xcf\xfa\xed\xfe", "macos"),
    (b"\xca\xfe\xba\xbe", "java"),
    (b"dex\n", "android"),
    (b"\0asm", "webassembly"),
    (b"L\0\0\0\x01\x14\x02\0", "shortcut"),
    (b"!<arch>\n", "library"),
    (b"ITSF", "help"),
    (b"#!", "script"),
)


def refuse_program(content: Content) -> None:
    """Raise where the bytes begin like a program of any system."""
    head = content[:64]
    for magic, system in _PROGRAMS:
        if head.startswith(magic):
            raise Objectionable(ObjectionKind.EXECUTABLE, system)


def refuse_second_nature(content: Content) -> None:
    """Raise where an image or a PDF is also something else.

    That is a web page, a PDF that begins behind other bytes, or an archive at its end.
    """
    refuse_markup(content)
    header = _PDF_HEADER.search(content[:PDF_WITHIN])
    if header and header.start():
        raise Objectionable(ObjectionKind.POLYGLOT, "pdf")
    if ZIP_END in content[-ZIP_TAIL:]:
        raise Objectionable(ObjectionKind.POLYGLOT, "zip")


def refuse_markup(content: Content) -> None:
    """Raise where a file that is no web page holds markup that a browser would run."""
    if found := _MARKUP.search(content):
        raise Objectionable(ObjectionKind.POLYGLOT, "markup", markup=found[0].decode("latin-1").strip())


def refuse_in_frame(frame: bytes) -> None:
    """Raise where the bytes between the files of an archive hold a web page, a PDF or a second end of the archive."""
    refuse_markup(frame)
    if _PDF_HEADER.search(frame):
        raise Objectionable(ObjectionKind.POLYGLOT, "pdf")
    if ZIP_END in frame:
        raise Objectionable(ObjectionKind.POLYGLOT, "zip")
