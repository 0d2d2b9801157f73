"""Letters made comparable: lower case, without diacritics."""

from unicodedata import combining, normalize

_PLAIN = str.maketrans({"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "й": "й"})
_CYRILLIC = range(0x400, 0x530)


def folded(text: str) -> str:
    """Return the text in lower case; Latin letters lose their diacritics, other scripts keep theirs."""
    if text.isascii():
        return text.lower()
    return "".join(_letter(letter) for letter in text.casefold().translate(_PLAIN))


def _letter(letter: str) -> str:
    if letter.isascii() or not letter.isalpha() or ord(letter) in _CYRILLIC or ord(letter) >= 0x2E80:  # noqa: PLR2004
        return letter
    return "".join(part for part in normalize("NFKD", letter) if not combining(part))
