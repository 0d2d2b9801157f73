"""How a document is handed to a browser: to be saved, under a safe name, as a type that runs nothing.

Names go by RFC 6266 and RFC 8187, ranges by RFC 9110, section 14.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

OTHER_TYPE = "application/octet-stream"

_TYPES = frozenset({
    "application/pdf", "application/zip", "image/png", "image/jpeg", "image/webp", "text/plain", "text/csv",
})  # fmt: skip
"""Types that are sent as they are. A browser runs none of them, saves the file, and guesses no other type."""

_UNSAFE = re.compile(r"[^A-Za-z0-9!#$&+.^_`|~() -]")
"""Characters that older browsers, shells or file systems do not take for a part of a name."""

_LONGEST_NAME = 150
_RANGE = re.compile(r"bytes=\s*(?:([0-9]{1,18})\s*-\s*([0-9]{0,18})|-\s*([0-9]{1,18}))\s*")


@dataclass(frozen=True, slots=True)
class AskedRange:
    """The bytes that are asked for, counted from 0, both ends included. ``last`` is None for all bytes that follow."""

    first: int
    last: int | None


def content_type(kind: str) -> str:
    """Return the type under which a document of a kind is handed out."""
    if kind not in _TYPES:
        return OTHER_TYPE
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def content_disposition(name: str) -> str:
    """Return the header that makes a browser save a document under its name, and not show it."""
    stem, dot, ending = name.rpartition(".")
    kept = name if len(name) <= _LONGEST_NAME else f"{stem[: _LONGEST_NAME - 20]}{dot}{ending[:16]}"
    plain = _UNSAFE.sub("_", kept).strip(" .") or "document"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept.encode('utf-8', 'replace'), safe='')}"


def asked_range(header: str | None, total: int) -> AskedRange | None:
    """Return the one range that a Range header asks for; None for the whole document, also where it is no such header.

    Several ranges at once are answered with the whole document, as RFC 9110 allows. The range may begin beyond the end.
    """
    found = _RANGE.fullmatch(header or "")
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return AskedRange(max(total - int(suffix), 0) if int(suffix) else total, None)
    if last and int(last) < int(first):
        return None
    return AskedRange(int(first), int(last) if last else None)
