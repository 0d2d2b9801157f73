"""Where somebody can be reached: a mail address, a telephone number or a page among what stands around it."""

import re

_LONGEST = 200
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_AT = re.compile(r" ?[\[({] ?at ?[\])}] ?", re.IGNORECASE)
_PHONE = re.compile(r"\+?\(?\d[\d ().-]{4,22}\d(?: ?(?:x|ext\.?|;ext=) ?\d{1,8})?", re.IGNORECASE)
_PAGE = re.compile(r"https?://[^\s<>\"]{3,180}", re.IGNORECASE)


def where(value: str) -> str | None:
    """Return the first mail address in a value, or else its page or number; None where it holds none."""
    shown = value[:_LONGEST]
    if "@" not in shown and "at" in shown.lower():
        shown = _AT.sub("@", shown)
    kind = _MAIL if "@" in shown else _PAGE if "://" in shown else _PHONE
    found = kind.search(shown)
    return found[0] if found else None
