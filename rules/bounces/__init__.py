"""Bounces, auto-replies, challenges and complaints: what a message that came back to us says.

    feedback report ──> complaint            the structure speaks first: headers, reports for machines,
    delivery report ──> by its worst recipient        codes; words only where these say nothing
    a server's text ──> by its codes, then its words
    an answer by machine ──> challenge or auto-reply
    anything else   ──> not a bounce

Sources: RFC 3464 and 6533 (delivery reports), 3463 (status codes), 5321 (replies), 8098 (read receipts), 5965
(complaints), 3834 (automatic answers).
"""

from dataclasses import replace

from rules.bounces import (
    automatic,
    delivery_status,
    diagnosis,
    failure_words,
    feedback_report,
    mime_parts,
    returned_mail,
)
from rules.bounces.delivery_status import DeliveryAction, RecipientReport
from rules.bounces.mime_parts import LONGEST_TEXT, MimePart
from rules.bounces.verdict import BounceKind, BounceVerdict

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RECEIPT = "message/disposition-notification"


def classify(raw: bytes) -> BounceVerdict:
    """Return the verdict on a message. It takes any bytes and never raises; content beyond its bounds is not read."""
    return _classify(mime_parts.read(raw), depth=0)


def _classify(message: MimePart, *, depth: int) -> BounceVerdict:
    if complaint := feedback_report.read(message):
        return complaint
    text = _text(message)
    report = _report(message)
    if report is not None:
        return _reported(message, report, text)
    if receipt := next((part for part in message.own() if part.content_type == _RECEIPT), None):
        return _receipt(message, receipt, text)
    found = returned_mail.read(message, text) or automatic.read(message, text) or _forwarded(message, depth)
    return found or BounceVerdict(BounceKind.NOT_A_BOUNCE)


def _report(message: MimePart) -> RecipientReport | None:
    """Return the delivery report of a message, also where it stands under a wrong content type."""
    parts = list(message.own())
    for part in parts:
        if part.content_type in _STATUS_TYPES and (report := delivery_status.read(part.text)):
            return report
    if message.content_type == "multipart/report" and "delivery-status" in message.header("content-type").lower():
        texts = (part.text for part in parts if "final-recipient" in part.text.lower())
        return next(filter(None, map(delivery_status.read, texts)), None)
    return None


def _reported(message: MimePart, report: RecipientReport, text: str) -> BounceVerdict:
    recipient = report.recipient or returned_mail.about(message, text)
    if report.action is DeliveryAction.DELIVERED:
        return BounceVerdict(BounceKind.NOT_A_BOUNCE, None, report.status)
    told = report.diagnostic
    why = diagnosis.explanation(told, stated=report.status)
    if not told.strip() or _says_nothing(why):
        why = diagnosis.explanation(f"{told}\n{returned_mail.own_words(text)}", stated=report.status)
    waits = report.action is DeliveryAction.DELAYED or (
        report.action is DeliveryAction.UNSTATED and failure_words.WARNING.search(why.words) is not None
    )
    return BounceVerdict(diagnosis.kind(why, gave_up=not waits), recipient, diagnosis.status_of(why), final=not waits)


def _receipt(message: MimePart, receipt: MimePart, text: str) -> BounceVerdict:
    """Read a receipt; a mailbox's filter that refuses a mail reports that in the form of a receipt (RFC 5429)."""
    refusal = returned_mail.read(message, text)
    if refusal is None:
        return BounceVerdict(BounceKind.NOT_A_BOUNCE)
    return replace(refusal, recipient=delivery_status.recipient_of(receipt.text) or refusal.recipient)


def _says_nothing(why: diagnosis.Explanation) -> bool:
    """Tell whether a report's own words leave open what happened, so that those for people are read too."""
    return diagnosis.reason(why) is None


def _forwarded(message: MimePart, depth: int) -> BounceVerdict | None:
    """Read a bounce that somebody forwards as an attachment."""
    if depth:
        return None
    for part in message.own():
        if part.is_message and part.parts:
            found = _classify(part.parts[0], depth=depth + 1)
            if found.kind not in (BounceKind.NOT_A_BOUNCE, BounceKind.AUTO_REPLY, BounceKind.CHALLENGE):
                return found
    return None


def _text(message: MimePart) -> str:
    """Return what a message says to people: its plain texts, or its HTML where there are none."""
    plain: list[str] = []
    html: list[str] = []
    for part in message.own():
        if part.content_type == "text/html":
            html.append(part.text)
        elif part.content_type.startswith(("text/plain", "multipart/")) and part.text.strip():
            plain.append(part.text)
    return "\n".join(plain or html)[:LONGEST_TEXT]
