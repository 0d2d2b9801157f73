"""Reads any message into its parts (RFC 2045, 2046, 5322): no content makes it raise, and all sizes are bounded.

The standard library's parser goes as deep as a message does, and decodes by any codec that a message names. This reader
limits depth, length and codecs to those that bounces have, because strangers send these messages.
"""

import re
from binascii import Error as BadBase64
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

MOST_BYTES: Final = 1024 * 1024
"""The bytes of a message that are read; a report stands before the message that it returns."""

MOST_PARTS: Final = 64
DEEPEST: Final = 8
MOST_HEADERS: Final = 300
LONGEST_HEADER: Final = 4000
LONGEST_TEXT: Final = 64 * 1024

_MESSAGES = ("message/rfc822", "message/global")
_HEADERS_ALONE = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_REPORTS = ("delivery-status", "disposition-notification", "feedback-report")

_HEADER = re.compile(r"([!-9;-~]{1,100})[ \t]*:[ \t]?(.*)", re.DOTALL)
_PARAMETER = re.compile(r';\s*([\w*-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')
_ENCODED_WORD = re.compile(r"=\?([\w.-]{1,40})(?:\*[\w-]{1,20})?\?([BbQq])\?([^?\r\n]*)\?=(?:[ \t\r\n]+(?==\?))?")
_TEXT_CODEC = re.compile(
    r"utf[-_]?(?:7|8|16(?:[-_]?[bl]e)?)|(?:us-)?ascii|iso[-_]?(?:8859|2022)[\w-]*|latin[-_]?\d+|windows-\d+|cp-?\d+|"
    r"koi8-\w|big5\w*|gb\w+|euc[-_]\w+|shift_?jis|sjis|ks_c_5601[\w-]*|tis-620|macintosh|mac-?\w+"
)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINE_TAG = re.compile(r"<(?:br|/?p|/?div|/?tr|/?td|/?li|/?h\d|/?table|hr)\b[^<>]{0,2000}>", re.IGNORECASE)
_CLOSED = (("<style", "</style"), ("<script", "</script"), ("<!--", "-->"))


@dataclass(frozen=True, slots=True)
class MimePart:
    """A message, or a part of one. ``text`` is decoded, and empty for what is no text; ``parts`` are inside it."""

    headers: tuple[tuple[str, str], ...]
    content_type: str
    text: str
    parts: tuple["MimePart", ...] = ()

    def header(self, name: str) -> str:
        """Return the first header of a name, given in lower case, decoded; empty where there is none."""
        return next((value for given, value in self.headers if given == name), "")

    def has(self, *names: str) -> bool:
        """Tell whether any of these headers is there; names in lower case."""
        return any(given in names for given, _ in self.headers)

    @property
    def is_message(self) -> bool:
        """Whether another message, or its head, stands in here."""
        return self.content_type in _MESSAGES or self.content_type in _HEADERS_ALONE

    def own(self) -> Iterator["MimePart"]:
        """Yield this part and all parts in it, an enclosed message as one part."""
        yield self
        for part in self.parts:
            if part.is_message:
                yield part
            else:
                yield from part.own()


def read(raw: bytes) -> MimePart:
    """Read a message. What is beyond the bounds is left out."""
    cut = raw[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if cut.startswith((b"From ", b">From ")):  # as mailboxes in files separate their messages
        cut = cut.partition(b"\n")[2]
    return _MimeReader().message(cut, 0)


class _MimeReader:
    """A reader of one message, which counts the parts."""

    def __init__(self) -> None:
        self._parts = 0

    def message(self, raw: bytes, depth: int) -> MimePart:
        head, _, body = _split(raw)
        headers = _headers(head)
        return self._part(headers, body, depth)

    def _part(self, headers: tuple[tuple[str, str], ...], body: bytes, depth: int) -> MimePart:
        self._parts += 1
        stated = next((value for name, value in headers if name == "content-type"), "text/plain")
        kind = stated.partition(";")[0].strip().lower() or "text/plain"
        if self._parts > MOST_PARTS or depth >= DEEPEST:
            return MimePart(headers, kind, "")
        encoding = next((value for name, value in headers if name == "content-transfer-encoding"), "").strip().lower()
        parameters = _parameters(stated)
        if kind.startswith("multipart/") and (pieces := _pieces(body, parameters.get("boundary", ""))):
            return MimePart(headers, kind, "", tuple(self.message(piece, depth + 1) for piece in pieces))
        content = _decoded(body, encoding)
        if kind in _MESSAGES or kind in _HEADERS_ALONE:
            return MimePart(headers, kind, "", (self.message(content.lstrip(b"\n"), depth + 1),))
        if kind.startswith(("text/", "multipart/")) or kind.endswith(_REPORTS):
            text = charset_text(content[: LONGEST_TEXT * 4], parameters.get("charset", ""))
            return MimePart(headers, kind, (_without_tags(text) if kind == "text/html" else text)[:LONGEST_TEXT])
        return MimePart(headers, kind, "")


def charset_text(raw: bytes, charset: str) -> str:
    """Return bytes as text. UTF-8 wins over the declared charset where the bytes are UTF-8.

    An unknown charset counts as Windows-1252, or as ISO-2022-JP where the bytes have its escape.
    """
    name = charset.strip().strip("'\"").lower()
    if b"\x1b$" not in raw and not name.startswith(("utf-16", "utf16", "utf-7")):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start > len(raw) - 4 and len(raw) > 4:  # noqa: PLR2004 - the cut went through a character
                return raw[: error.start].decode("utf-8")
    fallback = "iso-2022-jp" if b"\x1b$" in raw else "cp1252"
    codec = name if _TEXT_CODEC.fullmatch(name) and not name.startswith(("utf-8", "utf8")) else fallback
    try:
        text = raw.decode(codec, "replace")
    except (LookupError, ValueError):
        return raw.decode("latin-1")
    return text.encode("utf-8", "replace").decode()  # UTF-7 can hold half a character, which no database takes


def header_text(value: str) -> str:
    """Return a header's value with its encoded words (RFC 2047) decoded."""
    return _ENCODED_WORD.sub(_encoded_word, value) if "=?" in value else value


def _encoded_word(found: re.Match[str]) -> str:
    charset, encoding, payload = found.groups()
    raw = payload.encode("latin-1", "replace")
    data = _base64(raw) if encoding in "Bb" else a2b_qp(raw, header=True)
    return charset_text(data, charset)


def _split(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what stands before and after the first empty line; all is body where the first line is empty."""
    if raw.startswith(b"\n"):
        return b"", b"\n", raw[1:]
    return raw.partition(b"\n\n")


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for line in charset_text(head[: MOST_HEADERS * LONGEST_HEADER], "").split("\n"):
        if line[:1] in (" ", "\t") and found:
            name, value = found[-1]
            if len(value) < LONGEST_HEADER:
                found[-1] = (name, f"{value} {line.strip()}")
        elif len(found) < MOST_HEADERS and (match := _HEADER.match(line)):
            found.append((match[1].lower(), match[2].strip()[:LONGEST_HEADER]))
    return tuple((name, header_text(value)) for name, value in found)


def _parameters(stated: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(stated):
        found.setdefault(name.lower().rstrip("*"), re.sub(r"\\(.)", r"\1", quoted) or bare)
    return found


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Return the pieces of a multipart body; none where no line is its boundary."""
    lines = body.split(b"\n")
    mark = b"--" + boundary.encode("utf-8", "replace")
    if not boundary:  # then the first line that looks like one
        mark = next((line.rstrip() for line in lines if len(line) > 3 and line.startswith(b"--")), b"")  # noqa: PLR2004
    if not mark:
        return []
    pieces: list[list[bytes]] = []
    for line in lines:
        stripped = line.rstrip() if line.startswith(mark) else line
        if stripped == mark + b"--":
            break
        if stripped == mark:
            if len(pieces) > MOST_PARTS:
                break
            pieces.append([])
        elif pieces:
            pieces[-1].append(line)
    return [b"\n".join(piece) for piece in pieces]


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return _base64(body).replace(b"\r\n", b"\n")
    return a2b_qp(body).replace(b"\r\n", b"\n") if encoding == "quoted-printable" else body


def _base64(raw: bytes) -> bytes:
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
    try:
        return a2b_base64(clean + b"=" * (-len(clean) % 4))
    except BadBase64:
        return b""


def _without_tags(html: str) -> str:
    for opening, closing in _CLOSED:
        html = _without(html, opening, closing)
    return unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", html)))


def _without(html: str, opening: str, closing: str) -> str:
    """Take out what stands between two marks, in time that grows with the text alone."""
    folded, kept, at = html.lower(), list[str](), 0
    if len(folded) != len(html):
        return html
    while (start := folded.find(opening, at)) >= 0:
        kept.append(html[at:start])
        end = folded.find(closing, start)
        if end < 0:
            return "".join(kept)
        at = end + len(closing)
    return "".join((*kept, html[at:]))
