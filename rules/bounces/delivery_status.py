"""Delivery reports as machines write them: message/delivery-status (RFC 3464) and its global form (RFC 6533)."""

import re
from dataclasses import dataclass
from enum import IntEnum

from rules.bounces.addresses import first_address

MOST_RECIPIENTS = 200

_FIELD = re.compile(r"[ \t]*([A-Za-z][A-Za-z-]{2,40})[ \t]*:[ \t]*(.*)")
_HEX_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_OF_RECIPIENT = ("final-recipient", "original-recipient")


class DeliveryAction(IntEnum):
    """What a report says was done (RFC 3464, section 2.3.3), the worst first."""

    FAILED = 0
    DELAYED = 1
    DELIVERED = 2  # also relayed and expanded
    UNSTATED = 3


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a report says of one recipient. ``diagnostic`` is the words of the server that said so."""

    recipient: str | None
    action: DeliveryAction
    status: str | None
    diagnostic: str


def read(text: str) -> RecipientReport | None:
    """Return what a report says of the recipient whose result is the worst; None where it is about no recipient."""
    reports = [_report(fields) for fields in _groups(text)]
    return min(reports, key=lambda one: (one.action, one.recipient is None), default=None)


def recipient_of(text: str) -> str | None:
    """Return the first recipient that a report or a receipt names."""
    return next((one.recipient for one in map(_report, _groups(text)) if one.recipient), None)


def _groups(text: str) -> list[dict[str, str]]:
    """Return the fields of each recipient, also where no empty line parts two of them."""
    groups: list[dict[str, str]] = [{}]
    last = ""
    for line in text.split("\n"):
        if not line.strip():
            groups.append({})
            last = ""
        elif line[0] in " \t" and last:
            groups[-1][last] = f"{groups[-1][last]} {line.strip()}"[:2000]
        elif field := _FIELD.match(line):
            last = field[1].lower()
            if last == "final-recipient" and last in groups[-1]:
                groups.append({})
            groups[-1].setdefault(last, field[2].strip())
        if len(groups) > MOST_RECIPIENTS:
            break
    joined = _joined(groups)
    return [one for one in joined if "action" in one or "status" in one or any(name in one for name in _OF_RECIPIENT)]


def _joined(groups: list[dict[str, str]]) -> list[dict[str, str]]:
    """Merge groups that an empty line too many has parted: a recipient, and the action and status that belong to it."""
    found: list[dict[str, str]] = []
    for group in groups:
        whose = any(name in group for name in _OF_RECIPIENT)
        if found and not whose and not found[-1].keys() & {"action", "status"} and found[-1].keys() & {*_OF_RECIPIENT}:
            found[-1] |= group
        else:
            found.append(group)
    return found


def _report(fields: dict[str, str]) -> RecipientReport:
    diagnostic = fields.get("diagnostic-code", "")
    status = _STATUS.search(fields.get("status", ""))
    addresses = (_address(fields.get(name, "")) for name in _OF_RECIPIENT)
    return RecipientReport(
        recipient=next(filter(None, addresses), None),
        action=_action(fields.get("action", ""), status[0] if status else None),
        status=status[0] if status else None,
        diagnostic=diagnostic,
    )


def _action(stated: str, status: str | None) -> DeliveryAction:
    word = stated.strip().lower()
    if word.startswith(("fail", "undeliver")):
        return DeliveryAction.FAILED
    if word.startswith(("delay", "defer")):
        return DeliveryAction.DELAYED
    if word.startswith(("deliver", "relay", "expand")):
        return DeliveryAction.DELIVERED
    by_class = {"2": DeliveryAction.DELIVERED, "4": DeliveryAction.DELAYED, "5": DeliveryAction.FAILED}
    return by_class.get((status or " ")[0], DeliveryAction.UNSTATED)


def _address(stated: str) -> str | None:
    r"""Return the address of a field such as ``rfc822; ada@clients.test`` or ``utf-8; \\x{E4}da@clients.test``."""
    _, semicolon, address = stated.partition(";")
    written = _HEX_POINT.sub(lambda point: _character(int(point[1], 16)), address if semicolon else stated)
    return first_address(written.replace("+40", "@") if "@" not in written else written)


def _character(point: int) -> str:
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else "\N{REPLACEMENT CHARACTER}"  # noqa: PLR2004
