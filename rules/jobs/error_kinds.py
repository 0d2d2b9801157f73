"""What an error's text tells of a failure: the exception that was raised, and the host that it was about.

The ledger keeps errors as ``Unavailable: rdap.example.net did not answer within 15 s``; jobs that failed alike make one
failure group.
"""

import re
from dataclasses import dataclass

LONGEST_KIND, LONGEST_HOST = 64, 120

_KIND = re.compile(r"([A-Za-z_][A-Za-z0-9_.]{0,63}):")
_HOST = re.compile(
    r"(?<![\w.@/-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]|\d{1,3}(?:\.\d{1,3}){3})"
    r"(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """The exception's name, and the first host of the text; empty where the text names none."""

    kind: str
    host: str = ""


def of(error: str | None) -> ErrorKind:
    """Read an error's text. A text without an exception's name is of the kind ``unnamed``."""
    text = error or ""
    named = _KIND.match(text)
    host = _HOST.search(text, named.end() if named else 0)
    return ErrorKind(named[1][:LONGEST_KIND] if named else "unnamed", host[1].lower()[:LONGEST_HOST] if host else "")
