"""Looks into a ZIP without unpacking it to disk: names, links and sizes first, then the bytes of each entry."""

import unicodedata
from collections.abc import Callable, Sequence

from rules.documents import file_names, zip_directory
from rules.documents.contents import Content
from rules.documents.media_types import ODF, OOXML, MediaType
from rules.documents.objections import Objectionable, ObjectionKind
from rules.documents.office_documents import CONTENT_TYPES, MIMETYPE, refuse_parts
from rules.documents.unpacking import Budget, Scratch, unpacked
from rules.documents.zip_directory import ZipEntry

_MIMETYPE_LONGEST = 100

LookAt = Callable[[str, Content], None]
"""Looks at one file of the archive, by its name and its bytes; raises ``Objectionable``."""


def refuse_archive(content: Content, kind: MediaType, budget: Budget, scratch: Scratch, look_at: LookAt) -> None:
    """Raise ``Objectionable`` at the first bad entry, or where the ZIP is of another kind than its name says."""
    entries = zip_directory.read(content, most=budget.limits.members)
    _refuse_entries(entries)
    _require_kind(content, entries, kind, budget)
    if kind is not MediaType.ZIP:
        refuse_parts(kind, [entry.name for entry in entries])
    for entry in entries:
        budget.take_member()
        with scratch(unpacked(content, entry, budget)) as member:
            look_at(entry.name, member)


def _refuse_entries(entries: Sequence[ZipEntry]) -> None:
    seen = set[str]()
    for entry in entries:
        same = unicodedata.normalize("NFC", entry.name).rstrip("/").casefold()
        for name in (entry.name, entry.other_name):
            if file_names.escapes(name) or file_names.is_device(name) or not name.strip("/. "):
                raise Objectionable(ObjectionKind.UNSAFE_NAME, "escapes", name=name)
        if same in seen:
            raise Objectionable(ObjectionKind.UNSAFE_NAME, "twice", name=entry.name)
        seen.add(same)
        if entry.is_special:
            raise Objectionable(ObjectionKind.LINK, name=entry.name)
        if entry.encrypted:
            raise Objectionable(ObjectionKind.ENCRYPTED, "archive", name=entry.name)
        if entry.is_folder and entry.unpacked:
            raise Objectionable(ObjectionKind.LYING, "folder", name=entry.name)


def _require_kind(content: Content, entries: Sequence[ZipEntry], kind: MediaType, budget: Budget) -> None:
    found = _kind(content, entries, budget)
    if found != kind.value.name:
        raise Objectionable(ObjectionKind.CONTENT_TYPE, "other", expected=kind.value.name, found=found)


def _kind(content: Content, entries: Sequence[ZipEntry], budget: Budget) -> str:
    """Return the media type that follows from the ZIP's parts: an office document's, or that of a plain ZIP."""
    if entries and entries[0].name == MIMETYPE and entries[0].unpacked <= _MIMETYPE_LONGEST:
        said = b"".join(unpacked(content, entries[0], budget)).decode("latin-1").strip()
        return next((kind.value.name for kind in ODF if kind.value.name == said), said)
    names = {entry.name for entry in entries}
    if CONTENT_TYPES in names:
        found = [kind.value.name for kind, folder in OOXML.items() if any(name.startswith(folder) for name in names)]
        return found[0] if len(found) == 1 else "application/vnd.openxmlformats-package"
    return MediaType.ZIP.value.name
