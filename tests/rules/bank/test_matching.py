"""Which invoices are suggested for money that came."""

from datetime import date

import pytest

from rules.bank.bank_file import BankMove
from rules.bank.matching import MatchReason, OpenInvoice, numbers, suggested
from rules.billing.money import Money


def invoice(number: int, outstanding: int = 3451, *, name: str = "", currency: str = "EUR") -> OpenInvoice:
    return OpenInvoice(
        id=number,
        name=name or f"INV-{number:06d}",
        client_id=number,
        client_name=f"Client {number}",
        currency=currency,
        outstanding=outstanding,
    )


def move(text: str = "", minor: int = 3451, payer: str = "") -> BankMove:
    return BankMove(account="A", booked_on=date(2026, 11, 2), amount=Money(minor, "EUR"), payer=payer, text=text)


def found(what: BankMove, *invoices: OpenInvoice, payers: tuple[int, ...] = ()) -> list[int]:
    return [one.invoice.id for one in suggested(what, invoices, payers=payers)]


@pytest.mark.parametrize(
    "text",
    ["INV-000012", "inv 000012", "Rechnung INV000012, danke", "INV-0000 12", "INV-12", "(INV/000012)", "INV_12."],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    (match,) = suggested(move(text, minor=1), [invoice(12), invoice(1), invoice(120)])
    assert (match.invoice.id, match.reasons) == (12, (MatchReason.NUMBER,))
    assert 12 in numbers([move(text)])


@pytest.mark.parametrize("text", ["XINV-000012", "INV-0000123", "000012", "INV", ""])
def test_another_number_is_not_it(text: str) -> None:
    assert not found(move(text, minor=1), invoice(12))


def test_a_series_with_a_year_is_found() -> None:
    assert found(
        move("AG2026 000007", minor=1), invoice(7, name="AG-2026-000007"), invoice(8, name="AG-2025-000007")
    ) == [7]


def test_what_fits_better_comes_first_and_another_currency_never() -> None:
    invoices = [invoice(1), invoice(2, 99), invoice(3, 99), invoice(4, currency="CHF")]
    assert found(move("INV-000002", payer="client 3"), *invoices, payers=(3,)) == [2, 1, 3]


def test_money_that_the_bank_took_back_fits_by_its_size() -> None:
    assert found(move(minor=-3451), invoice(1)) == [1]


def test_nothing_is_suggested_for_nothing() -> None:
    assert not found(move(minor=7), invoice(1), invoice(2))
