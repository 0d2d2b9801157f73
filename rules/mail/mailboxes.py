"""Mail addresses as they are written: one reader for settings, clients and the mail itself."""

import re
from dataclasses import dataclass
from email.utils import getaddresses

import idna

# A dot-string of RFC 5321, with the letters of RFC 6531: no quoting, so nothing in it can end the command.
_ADDRESS = re.compile(r"([\w!#$%&'*+/=?^`{|}~.-]{1,64})@([\w.-]{1,253})")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What no header of a mail can hold."""


class NotAMailbox(ValueError):
    """Raised for a text that is not exactly one address for mail; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name for people, which may be empty, and an address as MAIL and RCPT have it."""

    name: str
    address: str


def read(written: str) -> Mailbox:
    """Read one mailbox, bare or as "Name <local@domain>"; a name with a comma is in quotes. Raises ``NotAMailbox``."""
    boxes = getaddresses([written])
    if len(boxes) != 1 or CONTROL.search(written):
        raise NotAMailbox(f'not one mailbox: {written!r}; write "Name, with comma" <name@example.com>')
    name, address = boxes[0]
    return Mailbox(name, wire_address(address))


def wire_address(address: str) -> str:
    """Return a bare address as MAIL and RCPT have it: its domain in A-labels, its local part untouched.

    Raises ``NotAMailbox``.
    """
    parts = _ADDRESS.fullmatch(address)
    if not parts:
        raise NotAMailbox(f"not a mail address: {address!r}")
    local, domain = parts.groups()
    if not all(map(_LABEL.fullmatch, domain.split("."))):
        raise NotAMailbox(f"not a mail address: {address!r}: {domain!r} is no host name")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise NotAMailbox(f"not a mail address: {address!r}: {error}") from error


def is_address(text: str) -> bool:
    """Tell whether a text is one bare address."""
    try:
        wire_address(text)
    except NotAMailbox:
        return False
    return True
