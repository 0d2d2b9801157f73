"""Offsets from UTC: as numbers, and for those abbreviations that mean one zone only."""

from datetime import timedelta

_LONGEST_H = 15

_HOURS = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UCT", "WET"), 0.0),
    **dict.fromkeys(("CET", "MEZ", "WEST", "WAT"), 1.0),
    **dict.fromkeys(("CEST", "MESZ", "EET", "SAST", "CAT"), 2.0),
    **dict.fromkeys(("EEST", "MSK", "EAT", "TRT"), 3.0),
    **dict.fromkeys(("IRST",), 3.5),
    **dict.fromkeys(("PKT", "UZT"), 5.0),
    **dict.fromkeys(("HKT", "SGT", "MYT", "AWST"), 8.0),
    **dict.fromkeys(("JST", "KST"), 9.0),
    "AEST": 10.0,
    "AEDT": 11.0,
    "NZST": 12.0,
    "NZDT": 13.0,
    "ICT": 7.0,
    "WIB": 7.0,
    "BRT": -3.0,
    "CLST": -3.0,
    "CLT": -4.0,
    "ART": -3.0,
    "UYT": -3.0,
    "VET": -4.0,
    "COT": -5.0,
    "PET": -5.0,
    "EDT": -4.0,
    "EST": -5.0,
    "CDT": -5.0,
    "MDT": -6.0,
    "MST": -7.0,
    "PDT": -7.0,
    "PST": -8.0,
}
"""Not BST, IST or CST: British, Irish, Indian, Israeli, American and Chinese clocks are hours apart."""


def offset(written: str) -> timedelta | None:
    """Return the offset of "+0300", "-03:30", "+03", "Z" or "CEST"; None for a zone that is not known."""
    if written[0] not in "+-":
        hours = _HOURS.get(written.upper())
        return None if hours is None else timedelta(hours=hours)
    digits = written[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    if size > timedelta(hours=_LONGEST_H):
        return None
    return -size if written[0] == "-" else size
