"""The kinds of files that are taken in: each with its media type, its extensions, and other types that senders use."""

from dataclasses import dataclass
from enum import Enum

_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_EXCEL = "application/vnd.ms-excel"


@dataclass(frozen=True, slots=True)
class _TypeFacts:
    name: str
    extensions: tuple[str, ...]
    also: tuple[str, ...] = ()


class MediaType(Enum):
    """A kind of file on the list; ``value.name`` is what it is served as (IANA's registry of media types)."""

    PDF = _TypeFacts("application/pdf", ("pdf",), ("application/x-pdf",))
    PNG = _TypeFacts("image/png", ("png",), ("image/x-png",))
    JPEG = _TypeFacts("image/jpeg", ("jpg", "jpeg", "jfif"), ("image/jpg", "image/pjpeg"))
    WEBP = _TypeFacts("image/webp", ("webp",))
    TEXT = _TypeFacts("text/plain", ("txt", "log"), ("text/x-log", "application/x-log"))
    CSV = _TypeFacts("text/csv", ("csv",), (_EXCEL, "text/plain", "application/csv", "text/x-csv", "application/x-csv"))
    EMAIL = _TypeFacts("message/rfc822", ("eml",), ("text/plain", "application/x-eml"))
    DOCX = _TypeFacts(f"{_OFFICE}.wordprocessingml.document", ("docx",))
    XLSX = _TypeFacts(f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",), (_EXCEL,))
    PPTX = _TypeFacts(f"{_OFFICE}.presentationml.presentation", ("pptx",))
    ODT = _TypeFacts(f"{_ODF}.text", ("odt",))
    ODS = _TypeFacts(f"{_ODF}.spreadsheet", ("ods",))
    ODP = _TypeFacts(f"{_ODF}.presentation", ("odp",))
    ZIP = _TypeFacts("application/zip", ("zip",), ("application/x-zip-compressed", "application/x-zip"))

    @property
    def called(self) -> tuple[str, ...]:
        """The media types that senders may declare for it."""
        return (self.value.name, *self.value.also)

    @property
    def textual(self) -> bool:
        return self in {MediaType.TEXT, MediaType.CSV, MediaType.EMAIL}

    @property
    def packed(self) -> bool:
        """Whether it is a ZIP inside."""
        return self in OOXML or self in ODF or self is MediaType.ZIP


OOXML = {MediaType.DOCX: "word/", MediaType.XLSX: "xl/", MediaType.PPTX: "ppt/"}
"""Office Open XML (ECMA-376), by the folder that its parts are in."""

ODF = (MediaType.ODT, MediaType.ODS, MediaType.ODP)
"""OpenDocument (OASIS ODF 1.3, part 2): the first entry of the ZIP names the type."""

EXTENSIONS = {extension: kind for kind in MediaType for extension in kind.value.extensions}

UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})
"""What senders declare when they do not know the type, or do not say it."""


def of_extension(extension: str) -> MediaType | None:
    """Return the kind that a file with this extension must be; None where the extension is not on the list."""
    return EXTENSIONS.get(extension.lower())


def agrees(kind: MediaType, declared: str) -> bool:
    """Tell whether the sender's Content-Type, with any parameters, fits this kind or says nothing."""
    bare = declared.split(";", 1)[0].strip().lower()
    return bare in UNDECLARED or bare in kind.called
