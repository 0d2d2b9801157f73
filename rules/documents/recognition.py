"""Recognises kinds of files by their bytes alone: those on the list by checks of our own, others by puremagic."""

import re
from typing import TYPE_CHECKING, Protocol, cast

from rules.documents import image_headers, pdf_content, text_content
from rules.documents.contents import PDF_WITHIN, ZIP_END, ZIP_TAIL, Content, refuse_program
from rules.documents.media_types import OOXML, MediaType
from rules.documents.objections import Objectionable, ObjectionKind

if TYPE_CHECKING:
    from collections.abc import Callable

_ZIP_MAGICS = (b"PK\x03\x04", ZIP_END)
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED_OFFICE = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4
_HEAD = 4096
_HEADERS = 64 * 1024
_MAIL = re.compile(
    rb"(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
    rb"(?:from|received|return-path|date|subject|mime-version|message-id|to|delivered-to|content-type):[ \t]",
    re.IGNORECASE,
)


def recognised(content: Content) -> MediaType | None:
    """Return the kind of the bytes: ``ZIP`` for all that is a ZIP inside, ``TEXT`` for all text, None for the rest."""
    head = content[:16]
    if head.startswith(pdf_content.MAGIC):
        return MediaType.PDF
    if head.startswith(image_headers.PNG_MAGIC):
        return MediaType.PNG
    if head.startswith(image_headers.JPEG_MAGIC):
        return MediaType.JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head.startswith(_ZIP_MAGICS):
        return MediaType.ZIP
    return MediaType.TEXT if text_content.is_text(content) else None


def require(content: Content, kind: MediaType) -> None:
    """Raise ``Objectionable`` where the bytes are not of the kind that the name says."""
    if not len(content):
        raise Objectionable(ObjectionKind.EMPTY)
    expected = MediaType.ZIP if kind.packed else MediaType.TEXT if kind.textual else kind
    found = recognised(content)
    if found is expected:
        if kind is MediaType.EMAIL and not _MAIL.match(content[:_HEADERS]):
            raise Objectionable(ObjectionKind.CONTENT_TYPE, "other", expected=kind.value.name, found="text/plain")
        return
    if found is None:
        refuse_program(content)
    _refuse_late_beginning(content, expected)
    if kind in OOXML and content[:8] == _OLE_MAGIC and content.find(_LOCKED_OFFICE) >= 0:
        raise Objectionable(ObjectionKind.ENCRYPTED, "office")
    raise Objectionable(ObjectionKind.CONTENT_TYPE, "other", expected=kind.value.name, found=_called(content, found))


def _refuse_late_beginning(content: Content, expected: MediaType) -> None:
    """Raise where a PDF or a ZIP begins behind other bytes."""
    late_pdf = expected is MediaType.PDF and pdf_content.MAGIC in content[:PDF_WITHIN]
    if late_pdf or (expected is MediaType.ZIP and ZIP_END in content[-ZIP_TAIL:]):
        raise Objectionable(ObjectionKind.POLYGLOT, "before")


def _called(content: Content, found: MediaType | None) -> str:
    """Return the type of the bytes for a message. Nothing depends on it, because puremagic only guesses."""
    if found is not None and found is not MediaType.TEXT:
        return found.value.name
    import puremagic  # noqa: PLC0415 - it reads its tables of kinds, which only what is refused needs

    guesses = cast("Callable[[bytes], list[_Guess]]", puremagic.magic_string)  # pyright: ignore[reportUnknownMemberType]
    try:
        best = guesses(content[:_HEAD])[0]
    except (puremagic.PureError, ValueError, IndexError):
        return "text/plain" if found else "unknown"
    return best.mime_type or best.name


class _Guess(Protocol):
    """A guess of puremagic, which has no type annotations of its own."""

    mime_type: str
    name: str
