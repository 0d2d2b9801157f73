"""CSV that a spreadsheet opens without taking a text for a formula (OWASP, CSV injection)."""

import csv
import io
from collections.abc import Sequence

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "\0")
"""The first characters of a cell that is a formula, or becomes one when it is stripped; full-width signs included."""


def inert(text: str) -> str:
    """Return a text for a cell; one that would be taken for a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def line(cells: Sequence[object]) -> str:
    """Return one line of a CSV file (RFC 4180) with its end; None is an empty cell, a number stays one."""
    out = io.StringIO()
    csv.writer(out).writerow(["" if one is None else inert(one) if isinstance(one, str) else one for one in cells])
    return out.getvalue()
