"""Which mail of ours a message that came back is about: by the address that it came to, or by the ids that it quotes.

bounces+5f0c7b1e9a2d4c6b8a0e1f3d@agency.example      VERP: each mail has a return path of its own
"""

import re
from dataclasses import dataclass
from typing import Final

from rules.bounces.addresses import addresses
from rules.bounces.mime_parts import MimePart, read

MOST_IDS: Final = 20

_TOKEN = re.compile(r"\+([0-9a-f]{24})@")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>")
_QUOTED_ID = re.compile(
    r"^[ \t>]*(?:x-)?(?:original-)?message-id[ \t]*:[ \t]*(?:\n[ \t]+)?(<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>)",
    re.IGNORECASE | re.MULTILINE,
)
_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to")
_ANSWERS = ("in-reply-to", "references", "x-original-message-id", "original-message-id")


@dataclass(frozen=True, slots=True)
class MailOrigin:
    """The return paths' tokens and the Message-IDs that a message names, the likeliest first."""

    tokens: tuple[str, ...]
    message_ids: tuple[str, ...]


def return_path(bounces_to: str, token: str) -> str:
    """Return the envelope sender of one mail: the address that takes bounces, with the mail's token."""
    local, _, domain = bounces_to.rpartition("@")
    return f"{local}+{token}@{domain}"


def origin(raw: bytes) -> MailOrigin:
    """Return the tokens and ids by which a message names the mail that it is about.

    It takes any bytes and never raises.
    """
    message = read(raw)
    reached = [one for name in _TO for value in _values(message, name) for one in addresses(value)]
    tokens = [found[1] for one in reached if (found := _TOKEN.search(one))]
    ids: list[str] = []
    _quoted(message, ids, outermost=True)
    for name in _ANSWERS:
        for value in _values(message, name):
            ids += _MESSAGE_ID.findall(value)
    return MailOrigin(tuple(dict.fromkeys(tokens))[:MOST_IDS], tuple(dict.fromkeys(ids))[:MOST_IDS])


def _quoted(part: MimePart, ids: list[str], *, outermost: bool) -> None:
    if not outermost:
        ids += _MESSAGE_ID.findall(part.header("message-id"))
    ids += _QUOTED_ID.findall(part.text)
    for inner in part.parts:
        _quoted(inner, ids, outermost=False)


def _values(message: MimePart, name: str) -> list[str]:
    return [value for given, value in message.headers if given == name]
