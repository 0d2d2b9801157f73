"""What a virus scanner's answer means: a file is clean only where the answer says so in exactly these words.

clamd answers a stream with one line: ``stream: OK``, ``stream: NAME FOUND``, or a line that ends in ``ERROR``
(clamd(8), INSTREAM). It also says ``OK`` of a file that it did not scan to the end, unless AlertExceedsMax is set.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST = 100
"""The most characters that are kept of a signature's name or a scanner's version."""

OVER_LIMIT = "INSTREAM size limit exceeded"

_FOUND = re.compile(r"stream: (.+) FOUND")
_VERSION = re.compile(r"ClamAV [^\s/]+(?:/(?P<number>\d+)(?:/(?P<published>[^/]+))?)?")


@dataclass(frozen=True, slots=True)
class ScannerAnswer:
    """What a scanner says about one file: the name of the signature that was found; empty where the file is clean."""

    signature: str = ""


def read_scan(line: str) -> ScannerAnswer | None:
    """Return what the line says about a file; None where it says neither that it is clean nor what was found."""
    if line == "stream: OK":
        return ScannerAnswer()
    found = _FOUND.fullmatch(line)
    return ScannerAnswer(_printable(found[1])) if found else None


def read_version(line: str) -> str | None:
    """Return the scanner's version with that of its signatures, as it is compared and kept; None for any other line."""
    return _printable(line) if _VERSION.match(line) else None


def published_at(version: str) -> datetime | None:
    """Return when the signatures of a version were published; None where it does not say."""
    found = _VERSION.match(version)
    if not found or not found["published"]:
        return None
    try:
        return datetime.strptime(found["published"].strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def stale_since(version: str, *, days: int, now: datetime) -> datetime | None:
    """Return when the signatures of a version were published, where that is longer ago than ``days``; 0: never.

    A version that names no date counts as fresh, because its signatures are the operator's own.
    """
    published = published_at(version)
    return published if published and days and now - published > timedelta(days=days) else None


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)[:LONGEST]
