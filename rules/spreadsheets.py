"""CSV that a spreadsheet opens without taking a text for a formula (OWASP, CSV injection)."""

import csv
import io
from collections.abc import Sequence

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "\0")
"""What a cell that is a formula, or becomes one once it is stripped, begins with: also the signs in full width."""


def inert(text: str) -> str:
    """Return a text as a cell shows it; where it would be a formula, with an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def line(cells: Sequence[object]) -> str:
    """Return one line of a CSV file (RFC 4180) with its end; None is an empty cell, a number stays one."""
    out = io.StringIO()
    csv.writer(out).writerow(["" if one is None else inert(one) if isinstance(one, str) else one for one in cells])
    return out.getvalue()
