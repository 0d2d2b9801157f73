"""Whether bytes are text and nothing else: neither a page for browsers, nor a script, nor a spreadsheet's formula."""

import codecs
import re
from collections.abc import Iterator

from rules.documents.contents import Content
from rules.documents.objections import Objectionable, ObjectionKind

_PIECE, _SHARED = 1024 * 1024, 4096
"""The bytes of a piece, and of its overlap with the next one, so that nothing hides where two pieces meet."""

_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # all but ESC, which colours the lines of logs

_BEGINS_AS_PAGE = re.compile(
    r"\s*+<(?:!doctype|!--|\?|%|(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|svg|math|xml)[\s>/])",
    re.IGNORECASE,
)
"""Beginnings that browsers take for a web page (WHATWG MIME Sniffing, 7.1)."""

_PAGE = re.compile(
    r"^[^\S\n]*+<(?:!doctype\s+html|\?php|\?=|(?:html|script|svg|iframe|object|embed)[\s>/])",
    re.IGNORECASE | re.MULTILINE,
)
_BEGINNINGS = (
    (re.compile(r"#!"), ObjectionKind.EXECUTABLE, "script"),
    (
        re.compile(r"\s*+\[(?:internetshortcut|autorun|\.shellclassinfo|desktop entry)\]", re.IGNORECASE),
        ObjectionKind.EXECUTABLE,
        "shortcut",
    ),
    (_BEGINS_AS_PAGE, ObjectionKind.ACTIVE, "page"),
    (re.compile(r"\s*+\{\\rtf"), ObjectionKind.CONTENT_TYPE, "rtf"),
    (re.compile(r"\s*+%!PS"), ObjectionKind.CONTENT_TYPE, "postscript"),
    (re.compile(r".{0,1024}?^[^\S\n]*+%PDF-\d", re.DOTALL | re.MULTILINE), ObjectionKind.POLYGLOT, "pdf"),
)

_REACHES_OUT = re.compile(
    r"\|[^\n!|]{1,200}!|\b(?:webservice|hyperlink|import(?:xml|data|html|feed|range)|exec|call|register(?:\.id)?|dde)\s*\(",
    re.IGNORECASE,
)
_CELL_LONGEST = 1000
_MOST_HITS = 10_000
_CELL_ENDS = ",;\t\n\r"
_FORMULA = ("=", "+", "-", "@")


def encoding(content: Content) -> str:
    """Return the encoding by the byte order mark; UTF-8 where there is none."""
    return "utf-16" if content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


def is_text(content: Content) -> bool:
    """Tell whether all bytes are text: UTF-16 with its mark, or a superset of ASCII, without control characters."""
    if encoding(content) == "utf-16":
        return not any("\0" in piece for piece in _pieces(content))
    return _CONTROLS.search(content) is None


def refuse_text(content: Content, *, table: bool) -> None:
    """Raise ``Objectionable`` where text is a web page, a program or another format.

    A ``table`` is CSV: it may have no formula that starts a program (DDE) or calls an address. A spreadsheet asks
    before it does that, and people say yes.
    """
    for number, piece in enumerate(_pieces(content)):
        if number == 0:
            _refuse_beginning(piece)
        if found := _PAGE.search(piece):
            raise Objectionable(ObjectionKind.ACTIVE, "page", markup=found[0].strip())
        if table:
            _refuse_formula(piece)


def _refuse_beginning(text: str) -> None:
    for form, kind, detail in _BEGINNINGS:
        if form.match(text):
            raise Objectionable(kind, detail)


def _refuse_formula(text: str) -> None:
    for number, found in enumerate(_REACHES_OUT.finditer(text)):
        line = text[max(0, found.start() - _CELL_LONGEST) : found.start()]
        cell = line[max(line.rfind(one) for one in _CELL_ENDS) + 1 :].lstrip(" \"'")
        if cell.startswith(_FORMULA) or number > _MOST_HITS:
            raise Objectionable(ObjectionKind.ACTIVE, "formula", formula=f"{cell}{found[0]}")


def _pieces(content: Content) -> Iterator[str]:
    named = encoding(content)
    order = "utf-16-be" if content[:2] == codecs.BOM_UTF16_BE else "utf-16-le"
    for at in range(0, len(content), _PIECE):
        piece = content[at : at + _PIECE + _SHARED]
        text = piece.decode(order if named == "utf-16" else named, "replace")
        yield text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}") if at == 0 else text
