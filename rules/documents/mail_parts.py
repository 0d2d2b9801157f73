"""The files inside a mail: what is attached to it, and the mails that it forwards (RFC 2045, 5322)."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import compat32
from typing import TYPE_CHECKING, cast

from rules.documents.contents import Content
from rules.documents.objections import Objectionable, ObjectionKind
from rules.documents.unpacking import Budget

if TYPE_CHECKING:
    from email.message import Message

_LOCKED = ("multipart/encrypted", "application/pgp-encrypted")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_UNREAD = ("application/ms-tnef", "message/partial", "message/external-body")
_BODIES = ("text/plain", "text/html", "text/calendar", "text/enriched")
_UNNAMED = "attachment"

_BOUNDARY = re.compile(rb"boundary(?:\*\d*\*?)?\s*=", re.IGNORECASE)
_MOST_BOUNDARIES, _MOST_LINES = 30, 1_000_000
"""Limits, because the parser compares each boundary with each line."""


def attachments(content: Content, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file in a mail, including those of forwarded mails.

    The text of the mail itself is no such file, though it may be HTML: people open a saved mail in a mail program.
    Raises ``Objectionable`` beyond a limit, and for parts that cannot be looked into.
    """
    if len(content) > budget.limits.email:
        raise Objectionable(ObjectionKind.TOO_LARGE, "email", found=len(content), most=budget.limits.email)
    raw = content[:]
    if len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES or raw.count(b"\n") > _MOST_LINES:
        raise Objectionable(ObjectionKind.NESTED, "parts")
    for part in _parts(message_from_bytes(raw, policy=compat32), budget):
        name = _name(part)
        if part.is_multipart() or (name is None and part.get_content_type() in _BODIES):
            continue
        payload = cast("bytes", part.get_payload(decode=True) or b"")
        budget.take(len(payload))
        yield name or _UNNAMED, payload


def _parts(mail: "Message[str, str]", budget: Budget) -> Iterator["Message[str, str]"]:
    for part in mail.walk():
        budget.take_member()
        kind = part.get_content_type()
        if kind in _LOCKED or (kind in _SMIME and _is_enveloped(part)):
            raise Objectionable(ObjectionKind.ENCRYPTED, "email")
        if kind in _UNREAD:
            raise Objectionable(ObjectionKind.UNREADABLE, "email", media_type=kind)
        yield part


def _is_enveloped(part: "Message[str, str]") -> bool:
    return str(part.get_param("smime-type", "enveloped-data")).lower() != "signed-data"


def _name(part: "Message[str, str]") -> str | None:
    """Return a file's name, ``attachment`` for an attached file without a name; None where the part is no file."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):  # what is no RFC 2231
        return _UNNAMED
    attached = (part.get_content_disposition() or "") == "attachment"
    return name or (_UNNAMED if attached else None)
