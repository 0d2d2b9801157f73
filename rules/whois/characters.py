"""The letters of an answer: bytes made text, and letters made comparable.

Most servers write UTF-8, some a charset of their country, some both in one answer.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from unicodedata import combining, normalize

MOST_CHARACTERS = 128 * 1024
"""What is read of an answer; the longest of any registry is a tenth of it."""

MOST_BYTES = 2 * MOST_CHARACTERS
_ISO_2022 = b"\x1b$"


def decoded(answer: bytes, charset: str = "utf-8") -> str:
    """Return the text of an answer, of no more than ``MOST_BYTES``; no bytes make this raise.

    UTF-8 is tried before ``charset``, the registry's own, line by line: one line in Latin-1 spoils no other.
    """
    raw = answer[:MOST_BYTES]
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    raw = raw.removeprefix(BOM_UTF8)
    if _ISO_2022 in raw:
        return raw.decode("iso-2022-jp", "replace")
    whole = _utf_8(raw)
    return "\n".join(_line(row, charset) for row in raw.split(b"\n")) if whole is None else whole


def _utf_8(raw: bytes) -> str | None:
    """Return the text without the character that the end cut in two, None where it is not UTF-8."""
    try:
        return getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return None


def _line(row: bytes, charset: str) -> str:
    for name in ("utf-8", charset):
        try:
            return row.decode(name)
        except UnicodeDecodeError:
            continue
    return row.decode("latin-1")


_PLAIN = str.maketrans(
    {"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "й": "й"}
)
_CYRILLIC = range(0x400, 0x530)


def folded(text: str) -> str:
    """Return the text in lower case; letters lose their diacritics, except Cyrillic and East Asian ones."""
    if text.isascii():
        return text.lower()
    return "".join(_letter(letter) for letter in text.casefold().translate(_PLAIN))


def _letter(letter: str) -> str:
    if letter.isascii() or not letter.isalpha() or ord(letter) in _CYRILLIC or ord(letter) >= 0x2E80:  # noqa: PLR2004
        return letter
    return "".join(part for part in normalize("NFKD", letter) if not combining(part))
