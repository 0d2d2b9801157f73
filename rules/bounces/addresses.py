"""Mail addresses as they stand in texts that strangers wrote."""

import re
from collections.abc import Iterator

MOST = 100

_ADDRESS = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~-])([\w!#$%&'*+/=?^`{|}~-][\w.!#$%&'*+/=?^`{|}~-]{0,63})@"
    r"([^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){0,8})"
)
_IDEOGRAPH = re.compile("[\u2e80-\U0003ffff]")
_ASCII_END = re.compile("[!-~]+$")
_ASCII_BEGIN = re.compile("[!-~]+")
_PREFIX = re.compile(r"(?:mailto:|smtp:|rfc822[;:])", re.IGNORECASE)


def addresses(text: str) -> Iterator[str]:
    """Yield the addresses of a text in their order, no more than a hundred."""
    for number, found in enumerate(_ADDRESS.finditer(_PREFIX.sub(" ", text))):
        if number == MOST:
            return
        yield f"{_unglued_local(found[1].strip('.').lstrip(chr(39)))}@{_unglued_domain(found[2])}"


def first_address(text: str) -> str | None:
    """Return the first address of a text, None where there is none."""
    return next(addresses(text), None)


def _unglued_local(local: str) -> str:
    """Return a local part without the Chinese or Japanese words that stand before it without a space."""
    ascii_end = _ASCII_END.search(local)
    return ascii_end[0] if _IDEOGRAPH.search(local) and ascii_end else local


def _unglued_domain(domain: str) -> str:
    """Return a domain without the words that follow it without a space."""
    ascii_begin = _ASCII_BEGIN.match(domain)
    return ascii_begin[0].rstrip(".") if _IDEOGRAPH.search(domain) and ascii_begin else domain
