"""Complaints: feedback reports (RFC 5965), and those of services that send the mail back with a header of their own."""

import re

from rules.bounces.addresses import first_address
from rules.bounces.mime_parts import MimePart
from rules.bounces.verdict import BounceKind, BounceVerdict

_TYPE = re.compile(r"^feedback-type[ \t]*:[ \t]*([\w-]+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    r"^(?:original-rcpt-to|removal-recipient|original-recipient)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE
)
_NO_COMPLAINTS = ("not-spam", "auth-failure", "dmarc")
_SERVICES = ("x-hmxmroriginalrecipient",)


def read(message: MimePart) -> BounceVerdict | None:
    """Return the verdict on a feedback report; None for any other message."""
    for part in message.own():
        if part.content_type == "message/feedback-report":
            return _reported(part.text, message)
    for service in _SERVICES:
        for part in _everything(message):
            if address := first_address(part.header(service)):
                return BounceVerdict(BounceKind.COMPLAINT, address)
    return None


def _reported(text: str, message: MimePart) -> BounceVerdict:
    kind = _TYPE.search(text)
    if kind and kind[1].lower() in _NO_COMPLAINTS:
        return BounceVerdict(BounceKind.NOT_A_BOUNCE)
    stated = _RECIPIENT.search(text)
    recipient = first_address(stated[1]) if stated else None
    returned = next((part.parts[0] for part in message.own() if part.is_message and part.parts), None)
    if recipient is None and returned is not None:
        recipient = first_address(returned.header("to"))
    return BounceVerdict(BounceKind.COMPLAINT, recipient)


def _everything(part: MimePart) -> list[MimePart]:
    return [part, *(one for inner in part.parts for one in _everything(inner))]
