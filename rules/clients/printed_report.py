"""A monthly report as it stands on paper and on a page: texts in one language (``wording.clients.client_reports``)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSection:
    """A part of a report: rows under columns, or the sentence ``empty`` where there are no rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    more: str = ""
    """The sentence that some rows are left out; empty where none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedReport:
    """All that a report says. Nothing in it is markup."""

    language: str
    made_on: date
    """The date inside the file, so that the same report gives the same bytes."""
    title: str
    month: str
    accent: str
    """#rrggbb."""
    seller: str
    client: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    """What was watched."""
    sections: tuple[ReportSection, ...]
    page: str
    """The words that number a page, with {page} and {pages} in them."""
