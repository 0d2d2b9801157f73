"""Why a file from outside is not handed out: a kind, its details, and the parameters of the sentence about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST = 120
"""The most characters of a text in the parameters, because the text comes from outside."""


class ObjectionKind(StrEnum):
    """One kind of thing that is wrong with a file. ``wording.document_objections`` says each with its details."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    EXTENSION = "extension"  # not one of the list
    DECLARED_TYPE = "declared_type"  # the sender calls it something else than its name does
    CONTENT_TYPE = "content_type"  # its bytes are of another kind than its name says
    POLYGLOT = "polyglot"  # it is two things at once, or something hides before, after or inside it
    MALFORMED = "malformed"
    ENCRYPTED = "encrypted"  # nobody can look into it
    EXECUTABLE = "executable"
    ACTIVE = "active"  # it does something when it is opened: scripts, macros, what is embedded or fetched
    PIXELS = "pixels"
    BOMB = "bomb"  # it unpacks to far more than it is
    TOO_MANY = "too_many"  # files in an archive, parts of a mail
    NESTED = "nested"  # archives in archives in archives
    LINK = "link"  # an archive's entry that points elsewhere
    UNSAFE_NAME = "unsafe_name"  # an archive's entry that would land elsewhere, or over another one
    OVERLAP = "overlap"  # entries that share their bytes
    LYING = "lying"  # sizes, names or sums that contradict themselves
    UNREADABLE = "unreadable"  # packed in a way that is not looked into


Parameters = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that is wrong. ``detail`` says in which way; ``member`` is the file in an archive or a mail, if any.

    Texts in ``parameters`` and ``member`` come from outside: they are printable and short, but not escaped.
    """

    kind: ObjectionKind
    detail: str = ""
    parameters: Parameters = field(default_factory=dict[str, str | int])
    member: str = ""

    @property
    def active(self) -> bool:
        """Whether the settings decide if it is refused or kept in quarantine."""
        return self.kind is ObjectionKind.ACTIVE


class Objectionable(Exception):
    """Raised inside an inspection at the first thing that is wrong; ``inspection.inspect`` turns it into a verdict."""

    def __init__(self, kind: ObjectionKind, detail: str = "", **parameters: str | int) -> None:
        super().__init__(kind, detail)
        capped = {name: printable(value) if isinstance(value, str) else value for name, value in parameters.items()}
        self.objection = Objection(kind, detail, capped)


def printable(text: str) -> str:
    """Return a text from outside on one line, without control characters, and cut to ``LONGEST``."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
