"""What an office document would do when it is opened: macros, objects of other programs, templates from elsewhere.

OOXML: ECMA-376 part 2 (packages, relationships). OpenDocument: ODF 1.3 part 2 (packages, scripts, encryption).
"""

import re
from collections.abc import Iterable

from rules.documents.contents import Content
from rules.documents.media_types import OOXML, MediaType
from rules.documents.objections import Objectionable, ObjectionKind
from rules.documents.xml_parts import AllSeen, Attributes, walk

MIMETYPE = "mimetype"
CONTENT_TYPES = "[Content_Types].xml"

_MACRO_PARTS = ("vbaproject", "vbadata", "/macrosheets/", "/attachedtoolbars", "/customui/")
_OBJECT_PARTS = ("/activex/", "oleobject")
_ODF_SCRIPTS = ("/basic/", "/scripts/")
_XML = frozenset({"xml", "rels"})
_SPEAKING = ("word/", "xl/externalLinks/")
_ODF_SPEAKING = frozenset({"content.xml", "styles.xml", "meta.xml", "settings.xml", "manifest.xml"})
_FETCHED = frozenset({"attachedtemplate", "oleobject", "frame", "subdocument", "olelink", "ddelink"})
"""Relationships that a program follows by itself; a hyperlink waits for a click."""

_DDE = re.compile(r"\bDDE(AUTO)?\b", re.IGNORECASE)
_ODF_SCRIPT_LINKS = ("vnd.sun.star.script:", "macro:", "javascript:")
_ODF_OBJECTS = frozenset({"object-ole", "applet", "plugin", "floating-frame", "dde-connection-decl", "dde-source"})


def refuse_parts(kind: MediaType, names: Iterable[str]) -> None:
    """Raise ``Objectionable`` where the names of an office document's parts say that it has macros or objects."""
    for name in (f"/{each.lower()}" for each in names):
        if kind in OOXML:
            if any(part in name for part in _MACRO_PARTS):
                raise Objectionable(ObjectionKind.ACTIVE, "macros")
            if any(part in name for part in _OBJECT_PARTS):
                raise Objectionable(ObjectionKind.ACTIVE, "object")
        elif any(folder in name and not name.endswith("/") for folder in _ODF_SCRIPTS):
            raise Objectionable(ObjectionKind.ACTIVE, "macros")


def refuse_part(kind: MediaType, name: str, content: Content) -> None:
    """Raise ``Objectionable`` where a part starts a macro, embeds a program's object or fetches a template.

    ``name`` is that of the part in its package. Of a part that cannot do any of this only the beginning is read.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix not in _XML:
        return
    if kind in OOXML:
        part = _OoxmlPart()
        asks_more = suffix == "rels" or name == CONTENT_TYPES or name.startswith(_SPEAKING)
        walk(content, part.seen if asks_more else _first, part.said if name.startswith("word/") else None)
        part.refuse_fields()
    elif name.rpartition("/")[2] in _ODF_SPEAKING:
        walk(content, _odf)


def _first(_element: str, _attributes: Attributes) -> None:
    raise AllSeen


class _OoxmlPart:
    """A part as it is read; the instructions of Word's fields are spread over many elements."""

    def __init__(self) -> None:
        self._instructions = list[str]()
        self._inside = False

    def seen(self, element: str, attributes: Attributes) -> None:
        values = {name: value.lower() for name, value in attributes.items()}
        self._inside = element == "instrText"
        if element == "fldSimple":
            self._instructions.append(values.get("instr", ""))
        if element == "Relationship":
            _refuse_relationship(values, attributes.get("Target", ""))
        if element in {"Override", "Default"} and "macroenabled" in values.get("ContentType", ""):
            raise Objectionable(ObjectionKind.ACTIVE, "macros")
        if element in {"ddeLink", "oleLink"}:
            raise Objectionable(ObjectionKind.ACTIVE, "object")

    def said(self, text: str) -> None:
        if self._inside:
            self._instructions.append(text)

    def refuse_fields(self) -> None:
        if _DDE.search("".join(self._instructions)):
            raise Objectionable(ObjectionKind.ACTIVE, "object")


def _refuse_relationship(values: Attributes, target: str) -> None:
    kind = values.get("Type", "").rpartition("/")[2]
    if "vbaproject" in kind or "macrosheet" in kind:
        raise Objectionable(ObjectionKind.ACTIVE, "macros")
    if kind == "afchunk":
        raise Objectionable(ObjectionKind.ACTIVE, "page")
    if values.get("TargetMode") == "external" and kind in _FETCHED:
        raise Objectionable(ObjectionKind.ACTIVE, "template", target=target)


def _odf(element: str, attributes: Attributes) -> None:
    if element == "encryption-data":
        raise Objectionable(ObjectionKind.ENCRYPTED, "office")
    if element == "event-listener" or attributes.get("href", "").lower().startswith(_ODF_SCRIPT_LINKS):
        raise Objectionable(ObjectionKind.ACTIVE, "macros")
    if element in _ODF_OBJECTS:
        raise Objectionable(ObjectionKind.ACTIVE, "object")
