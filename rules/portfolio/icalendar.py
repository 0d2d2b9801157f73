"""Days as a calendar that programs subscribe to (RFC 5545): all-day events, escaped and folded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

_LONGEST_LINE: Final = 75  # octets, without the line end: RFC 5545, 3.1
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event on a day. ``uid`` stays the same as long as it is the same event."""

    uid: str
    on: date
    summary: str


def written(name: str, events: Sequence[CalendarEvent], *, now: datetime) -> str:
    """Return the text of a calendar with these events."""
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Nolapse//Ends//EN", f"X-WR-CALNAME:{_text(name)}"]
    for one in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(one.uid)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{one.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(one.summary)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _text(value: str) -> str:
    """Return a text escaped, and without control characters, which could end its line."""
    return "".join(one for one in value if one == "\n" or one.isprintable()).translate(_ESCAPED)


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, no character cut in two."""
    pieces, piece, octets = list[str](), "", 0
    for one in line:
        size = len(one.encode())
        if octets + size > _LONGEST_LINE:
            pieces.append(piece)
            piece, octets = " ", 1
        piece, octets = piece + one, octets + size
    return "\r\n".join([*pieces, piece])
