"""Whether a file from outside is what it claims to be, and does nothing by itself. The same bytes get the same verdict.

name, declared type ──> content ──> its structure ──> the files inside it, each in the same way

Nothing is decoded, run or fetched. Bytes, files and pixels are counted, so a bomb costs no more than its limit.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from rules.documents import archives, dangerous_names, file_names, media_types, office_documents, recognition
from rules.documents.contents import Content, refuse_program
from rules.documents.image_headers import refuse_image
from rules.documents.mail_parts import attachments
from rules.documents.media_types import MediaType
from rules.documents.objections import Objection, Objectionable, ObjectionKind, printable
from rules.documents.pdf_content import refuse_pdf
from rules.documents.text_content import refuse_text
from rules.documents.unpacking import Budget, InspectionLimits, Scratch

_APPLE_DOUBLE = b"\x00\x05\x16\x07"
_HEAD = 512


@dataclass(frozen=True, slots=True)
class InspectionVerdict:
    """The result of an inspection: the kind where the file seems harmless, else what is wrong with it."""

    kind: MediaType | None
    objection: Objection | None = None


@contextmanager
def in_memory(chunks: Iterable[bytes]) -> Generator[Content]:
    """Keep an unpacked file in memory; for small files."""
    yield b"".join(chunks)


def refusal(name: str, declared: str, size: int | None, limits: InspectionLimits) -> Objection | None:
    """Return what is wrong with a file before its bytes are there: its name, its declared type, its size.

    ``declared`` is the sender's Content-Type and may be empty; ``size`` is in bytes, None where it is unknown.
    """
    try:
        _type_by_name(name, declared)
        if size is not None:
            _refuse_size(size, limits)
    except Objectionable as error:
        return error.objection
    return None


def inspect(
    content: Content, *, name: str, declared: str, limits: InspectionLimits, scratch: Scratch = in_memory
) -> InspectionVerdict:
    """Return the verdict about a file, by its bytes, its name and the type that its sender declared."""
    try:
        kind = _type_by_name(name, declared)
        _refuse_size(len(content), limits)
        _Inspector(Budget(limits), scratch).look(content, kind)
    except Objectionable as error:
        return InspectionVerdict(None, error.objection)
    return InspectionVerdict(kind)


def _type_by_name(name: str, declared: str) -> MediaType:
    kind = media_types.of_extension(file_names.extension(name))
    if kind is None:
        dangerous_names.refuse_name(name)
        raise Objectionable(ObjectionKind.EXTENSION, extension=file_names.extension(name))
    if not media_types.agrees(kind, declared):
        raise Objectionable(ObjectionKind.DECLARED_TYPE, expected=kind.value.name, declared=declared)
    return kind


def _refuse_size(size: int, limits: InspectionLimits) -> None:
    if size > limits.size:
        raise Objectionable(ObjectionKind.TOO_LARGE, found=size, most=limits.size)
    if not size:
        raise Objectionable(ObjectionKind.EMPTY)


class _Inspector:
    """An inspection of one upload and all files in it, within one budget."""

    def __init__(self, budget: Budget, scratch: Scratch) -> None:
        self._budget = budget
        self._scratch = scratch

    def look(self, content: Content, kind: MediaType, depth: int = 1) -> None:
        """Raise ``Objectionable`` where the bytes are not of this kind, or harmful. ``depth`` counts archives."""
        limits = self._budget.limits
        recognition.require(content, kind)
        if kind is MediaType.PDF:
            refuse_pdf(content, most_unpacked=limits.unpacked)
        elif kind is MediaType.EMAIL:
            self._look_at_mail(content, depth)
        elif kind.textual:
            refuse_text(content, table=kind is MediaType.CSV)
        elif kind.packed:
            self._look_into(content, kind, depth)
        else:
            refuse_image(content, kind, most_pixels=limits.pixels)

    def _look_into(self, content: Content, kind: MediaType, depth: int) -> None:
        if depth > self._budget.limits.depth:
            raise Objectionable(ObjectionKind.NESTED, "archives", most=self._budget.limits.depth)
        look_at = self._member if kind is MediaType.ZIP else partial(self._part, kind)
        archives.refuse_archive(content, kind, self._budget, self._scratch, partial(look_at, depth=depth))

    def _look_at_mail(self, content: Content, depth: int) -> None:
        for name, payload in attachments(content, self._budget):
            if file_names.escapes(name):
                raise Objectionable(ObjectionKind.UNSAFE_NAME, "escapes", name=name)
            self._member(name, payload, depth=depth - 1)

    def _member(self, name: str, content: Content, *, depth: int) -> None:
        """Look at a file in an archive: its content must fit an extension on the list, and it must be no program."""
        with _in_member(name):
            if not len(content) or content[:4] == _APPLE_DOUBLE:  # what macOS puts beside each file
                return
            dangerous_names.refuse_name(name)
            kind = media_types.of_extension(file_names.extension(name))
            if kind is None:
                kind = self._unlisted(content)
            if kind is not None:
                self.look(content, kind, depth + 1)

    def _part(self, office: MediaType, name: str, content: Content, *, depth: int) -> None:
        """Look at a part of an office document: only its XML, and documents inside it, can make it do something."""
        with _in_member(name):
            if not len(content):
                return
            office_documents.refuse_part(office, name, content)
            kind = media_types.of_extension(file_names.extension(name))
            packed = kind if kind is not None and kind.packed else self._unlisted(content)
            if packed is not None:
                self.look(content, packed, depth + 1)

    @staticmethod
    def _unlisted(content: Content) -> MediaType | None:
        """Return ZIP where a file with an unlisted extension is one, else None.

        Raises for programs and other archives.
        """
        dangerous_names.refuse_other_archive(content[:_HEAD])
        found = recognition.recognised(content)
        if found is not MediaType.TEXT or content[:2] == b"#!":
            refuse_program(content)
        return found if found is MediaType.ZIP else None


@contextmanager
def _in_member(name: str) -> Generator[None]:
    """Add the file's name to an objection that is raised inside; the name of the innermost file comes last."""
    try:
        yield
    except Objectionable as error:
        inner = error.objection.member
        error.objection = replace(error.objection, member=printable(f"{name} > {inner}" if inner else name))
        raise
