"""Monthly reports in seven languages: each says everything, in its own words, and prints the same bytes twice."""

from dataclasses import fields
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations import pdf
from rules.billing.money import Money
from rules.clients import client_reports as rules
from rules.clients.client_reports import (
    BilledInvoice,
    ClientReport,
    ComingEnd,
    FoundProblem,
    Renewed,
    ReportMonth,
    Watched,
)
from rules.clients.printed_report import PrintedReport
from rules.languages import NAMES
from wording.clients import client_reports
from wording.clients.client_reports import ReportParties
from wording.clients.report_labels import LABELS, ReportLabels

AT = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)


def printed(language: str, client: str = "Bakery") -> PrintedReport:
    report = ClientReport(
        month=ReportMonth(date(2026, 10, 1)),
        watched=Watched(3, 2, 90, 61),
        found=(FoundProblem("domain_gone", "a.test", AT, None), FoundProblem("new_kind", "b.test", AT, AT)),
        renewed=(
            Renewed("renewed", "a.test", AT, date(2027, 1, 1)),
            Renewed("certificate_changed", "b.test", AT, None),
        ),
        billed=(BilledInvoice("INV-1", date(2026, 10, 2), Money(11900, "EUR")),),
        coming=(ComingEnd("domain", "a.test", date(2026, 12, 1)),),
        more=(7, 0, 0, 0),
    )
    parties = ReportParties(
        client=client, seller="Agency", language=language, zone=ZoneInfo("Europe/Berlin"), accent="#7a1f5c"
    )
    return client_reports.printed(report, parties)


def test_each_language_has_all_words_of_its_own() -> None:
    assert set(LABELS) == set(NAMES)
    for name in (one.name for one in fields(ReportLabels) if one.name not in {"problems", "things", "page", "domains"}):
        said = {language: getattr(labels, name) for language, labels in LABELS.items()}
        assert all(said.values()), name
        assert len(set(said.values())) > len(said) // 2, name
    for labels in LABELS.values():
        assert set(labels.problems) == set(LABELS["en"].problems)
        assert set(labels.things) == set(LABELS["en"].things)


@pytest.mark.parametrize("language", NAMES)
def test_a_report_is_printed_in_each_language_the_same_twice(language: str) -> None:
    report = printed(language)
    assert report.language == language
    assert all(section.rows for section in report.sections)
    document = pdf.report(report)
    assert document.startswith(b"%PDF-")
    assert document == pdf.report(report)


def test_days_are_those_of_the_client_and_in_their_words() -> None:
    found = printed("de-AT").sections[0]
    assert found.rows[0] == ("Domain nicht mehr registriert", "a.test", "01.11.2026", "noch offen")
    assert found.rows[1] == ("Etwas, das anzusehen ist", "b.test", "01.11.2026", "behoben am 01.11.2026")
    assert found.more == "und 7 weitere"
    assert printed("xx").language == "en"


def test_what_is_hostile_is_printed_and_not_run() -> None:
    report = printed("en", client='#panic("x") *b* <a> $1$ \\u{41} #read("/etc/passwd")')
    assert pdf.report(report).startswith(b"%PDF-")


def test_a_part_is_bounded() -> None:
    assert rules.MOST_LINES * 4 < 200
