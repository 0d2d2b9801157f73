"""What Amazon SES says of mails: by feedback notifications (notificationType) and by event publishing (eventType).

Source: Amazon SES Developer Guide, "Amazon SNS notification contents" and "Event data that SES publishes".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, cast

from rules.bounces import diagnosis
from rules.bounces.addresses import first_address
from rules.json_access import objects
from rules.mail.mail_outcomes import NoticeKind

MOST_RECIPIENTS: Final = 50

_TRANSIENT = {
    "MailboxFull": NoticeKind.FULL,
    "MessageTooLarge": NoticeKind.POLICY,
    "ContentRejected": NoticeKind.POLICY,
    "AttachmentRejected": NoticeKind.POLICY,
}


@dataclass(frozen=True, slots=True)
class SesEvent:
    """What SES says of a mail and one of its recipients. The same news always has the same ``key``."""

    message_id: str
    recipient: str
    kind: NoticeKind
    status: str | None
    said: str
    key: str


def read(text: str) -> list[SesEvent]:
    """Return the events of a notification; none for kinds that we do not follow (opens, clicks, tests).

    It never raises.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(document, dict):
        return []
    event = cast("Mapping[str, object]", document)
    kind = str(event.get("eventType") or event.get("notificationType") or "")
    message_id = str(_object(event, "mail").get("messageId", ""))[:200]
    if not message_id:
        return []
    found = {"Bounce": _bounced, "Complaint": _complained, "Delivery": _delivered, "DeliveryDelay": _delayed}
    return found[kind](event, message_id)[:MOST_RECIPIENTS] if kind in found else []


def _bounced(event: Mapping[str, object], message_id: str) -> list[SesEvent]:
    bounce = _object(event, "bounce")
    sort, detail = str(bounce.get("bounceType", "")), str(bounce.get("bounceSubType", ""))
    found: list[SesEvent] = []
    for one in objects(bounce.get("bouncedRecipients")):
        said = str(one.get("diagnosticCode", ""))
        why = diagnosis.explanation(said, stated=str(one.get("status") or "") or None)
        kind = _kind(sort, detail, why)
        found.append(_event(message_id, one, kind, diagnosis.status_of(why), f"{sort}/{detail} {said}"))
    return found


def _kind(sort: str, detail: str, why: diagnosis.Explanation) -> NoticeKind:
    if sort == "Permanent":
        if detail == "NoEmail":
            return NoticeKind.UNKNOWN_RECIPIENT
        if "uppress" in detail:
            return NoticeKind.HARD
        told = NoticeKind(diagnosis.kind(why, gave_up=True).value)
        return told if why.status or why.reply else NoticeKind.HARD
    return _TRANSIENT.get(detail, NoticeKind.SOFT)


def _complained(event: Mapping[str, object], message_id: str) -> list[SesEvent]:
    complaint = _object(event, "complaint")
    if complaint.get("complaintFeedbackType") == "not-spam":
        return []
    said = str(complaint.get("complaintFeedbackType") or "")
    return [
        _event(message_id, one, NoticeKind.COMPLAINT, None, said)
        for one in objects(complaint.get("complainedRecipients"))
    ]


def _delivered(event: Mapping[str, object], message_id: str) -> list[SesEvent]:
    delivery = _object(event, "delivery")
    recipients = delivery.get("recipients")
    given = cast("list[object]", recipients) if isinstance(recipients, list) else []
    said = str(delivery.get("smtpResponse", ""))
    return [_event(message_id, {"emailAddress": one}, NoticeKind.DELIVERED, "2.0.0", said) for one in given]


def _delayed(event: Mapping[str, object], message_id: str) -> list[SesEvent]:
    delay = _object(event, "deliveryDelay")
    said = str(delay.get("delayType", ""))
    return [_event(message_id, one, NoticeKind.DELAYED, None, said) for one in objects(delay.get("delayedRecipients"))]


def _event(
    message_id: str, recipient: Mapping[str, object], kind: NoticeKind, status: str | None, said: str
) -> SesEvent:
    address = first_address(str(recipient.get("emailAddress", ""))) or ""
    key = sha256(f"ses {message_id} {kind} {address.lower()}".encode()).hexdigest()
    return SesEvent(message_id, address, kind, status, " ".join(said.split())[:500], key)


def _object(of: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = of.get(name)
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}
