"""Reads the XML inside office documents without document types: no entity is expanded, nothing is fetched."""

from collections.abc import Callable
from xml.parsers import expat

from rules.documents.contents import Content
from rules.documents.objections import Objectionable, ObjectionKind

Attributes = dict[str, str]

_DEEPEST = 2_000
_PIECE = 256 * 1024


class AllSeen(Exception):
    """Raised by a reader that needs no more: the rest is not parsed."""


def walk(content: Content, seen: Callable[[str, Attributes], None], said: Callable[[str], None] | None = None) -> None:
    """Call ``seen`` with the name (without its prefix) and the attributes of each element, ``said`` with its text.

    Raises ``Objectionable`` where it is no XML, or declares a document type inside: office documents need none, and the
    entities in one can be made to grow without end.
    """
    parser = expat.ParserCreate()
    depth = _Depth(seen)
    parser.StartElementHandler, parser.EndElementHandler = depth.begins, depth.ends
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if said:
        parser.CharacterDataHandler = said
    try:
        for at in range(0, len(content), _PIECE):
            parser.Parse(content[at : at + _PIECE], False)  # noqa: FBT003 - expat's: there is more
        parser.Parse(b"", True)  # noqa: FBT003 - expat's: that was all
    except AllSeen:
        return
    except expat.ExpatError:
        raise Objectionable(ObjectionKind.MALFORMED, "xml") from None


class _Depth:
    """A filter that passes elements on and raises ``Objectionable`` where they are nested too deep."""

    def __init__(self, seen: Callable[[str, Attributes], None]) -> None:
        self._seen = seen
        self._depth = 0

    def begins(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Objectionable(ObjectionKind.MALFORMED, "xml")
        self._seen(_bare(name), {_bare(key): value for key, value in attributes.items()})

    def ends(self, _name: str) -> None:
        self._depth -= 1


def _refuse_doctype(_name: str, _system: str | None, _public: str | None, internal: bool) -> None:  # noqa: FBT001 - expat's
    if internal:
        raise Objectionable(ObjectionKind.ACTIVE, "entities")


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
