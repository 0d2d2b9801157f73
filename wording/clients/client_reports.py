"""A client's monthly report in their language, as it is printed, previewed and mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

from rules import languages
from rules.billing import money
from rules.clients.client_reports import (
    BilledInvoice,
    ClientReport,
    ComingEnd,
    FoundProblem,
    Renewed,
    ReportMonth,
    Watched,
)
from rules.clients.printed_report import PrintedReport, ReportSection
from wording.clients.report_labels import LABELS, ReportLabels

_GONE = ("domain_gone", "domain_redemption")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportParties:
    """Who reports to whom. ``language`` is the client's, BCP 47; ``accent`` is #rrggbb."""

    client: str
    seller: str
    language: str
    zone: ZoneInfo
    accent: str


def spoken(language: str) -> str:
    """Return our language that fits a client's language best."""
    return languages.negotiate(language, tuple(LABELS))


def month_named(month: ReportMonth, language: str) -> str:
    """Return a month as a language writes it: "November 2026"."""
    return format_skeleton("yMMMM", month.first, locale=_locale(language))


def printed(report: ClientReport, parties: ReportParties) -> PrintedReport:
    """Return a report in the client's language, or in English where we have no labels in that."""
    language = spoken(parties.language)
    page = _ReportWriter(LABELS[language], _locale(parties.language), parties.zone)
    month = month_named(report.month, parties.language)
    return PrintedReport(
        language=language,
        made_on=report.month.following.first,
        title=page.labels.title,
        month=month,
        accent=parties.accent,
        seller=parties.seller,
        client=parties.client,
        lead=page.labels.lead.format(seller=parties.seller, client=parties.client, month=month),
        facts=page.facts(report.watched),
        sections=(
            page.found(report.found, report.more[0]),
            page.renewed(report.renewed, report.more[1]),
            page.billed(report.billed, report.more[2]),
            page.coming(report.coming, report.more[3]),
        ),
        page=page.labels.page,
    )


def _locale(wanted: str) -> Locale:
    """Return the locale of days: the wanted one with its region where Babel knows it, else that of our language."""
    language = spoken(wanted)
    try:
        found = Locale.parse(wanted, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)
    return found if found.language == language else Locale.parse(language)


@dataclass(frozen=True, slots=True)
class _ReportWriter:
    """The parts of a report in one language."""

    labels: ReportLabels
    locale: Locale
    zone: ZoneInfo

    def day(self, at: date) -> str:
        on = at.astimezone(self.zone).date() if isinstance(at, datetime) else at
        return format_date(on, "medium", locale=self.locale)

    def facts(self, watched: Watched) -> tuple[tuple[str, str], ...]:
        numbers = (watched.domains, watched.endpoints, watched.checks, watched.scans)
        labels = (self.labels.domains, self.labels.endpoints, self.labels.checks, self.labels.scans)
        return tuple((label, f"{number}") for label, number in zip(labels, numbers, strict=True))

    def found(self, problems: Sequence[FoundProblem], more: int) -> ReportSection:
        rows = tuple((self._problem(one.kind), one.name, self.day(one.opened_at), self._state(one)) for one in problems)
        columns = (self.labels.what, self.labels.which, self.labels.since, self.labels.state)
        return self._section(self.labels.found, columns, rows, self.labels.none_found, more)

    def _problem(self, kind: str) -> str:
        known = self.labels.problems
        return known["gone"] if kind in _GONE else known.get(kind, known["other"])

    def _state(self, one: FoundProblem) -> str:
        return self.labels.over.format(day=self.day(one.over_at)) if one.over_at else self.labels.still_open

    def renewed(self, renewals: Sequence[Renewed], more: int) -> ReportSection:
        rows = tuple(
            (self.labels.things[one.kind], one.name, self.day(one.at), self.day(one.until) if one.until else "–")  # noqa: RUF001
            for one in renewals
        )
        columns = (self.labels.what, self.labels.which, self.labels.day, self.labels.until)
        return self._section(self.labels.renewed, columns, rows, self.labels.none_renewed, more)

    def billed(self, invoices: Sequence[BilledInvoice], more: int) -> ReportSection:
        language = str(self.locale).replace("_", "-")
        rows = tuple((one.number, self.day(one.on), money.display(one.total, language)) for one in invoices)
        columns = (self.labels.number, self.labels.day, self.labels.total)
        return self._section(self.labels.billed, columns, rows, self.labels.none_billed, more)

    def coming(self, ends: Sequence[ComingEnd], more: int) -> ReportSection:
        rows = tuple((self.labels.things[one.kind], one.name, self.day(one.on)) for one in ends)
        columns = (self.labels.what, self.labels.which, self.labels.day)
        return self._section(self.labels.coming, columns, rows, self.labels.none_coming, more)

    def _section(
        self, title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], empty: str, more: int
    ) -> ReportSection:
        left_out = self.labels.more.format(number=more) if more else ""
        return ReportSection(title=title, columns=columns, rows=rows, empty=empty, more=left_out)
