"""Where somebody can be reached: a mail address, a telephone number or a page among what stands around it."""

import re

_LONGEST = 200
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_AT = re.compile(r" ?[\[({] ?at ?[\])}] ?", re.IGNORECASE)
_PHONE = re.compile(r"\+?\(?\d[\d ().-]{4,22}\d(?: ?(?:x|ext\.?|;ext=) ?\d{1,8})?", re.IGNORECASE)
_PAGE = re.compile(r"https?://[^\s<>\"]{3,180}", re.IGNORECASE)


def where(value: str) -> str | None:
    """Return the first mail address in a value, or else its number or page; None where it holds none."""
    shown = value[:_LONGEST]
    for kind, text in ((_MAIL, _AT.sub("@", shown)), (_PAGE, shown), (_PHONE, shown)):
        found = kind.search(text)
        if found:
            return found[0]
    return None
