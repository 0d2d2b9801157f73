"""Credit notes over parts of an invoice: never more than is left, and all of them together are the invoice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.billing import crediting, invoice_description
from rules.billing.crediting import CreditWish, EarlierNote, NotCreditable
from rules.billing.invoice_description import BadDescription, InvoiceDescription, InvoiceKind, PostalAddress, TradeParty
from rules.billing.money import Money, minor_digits
from rules.billing.priced_lines import PricedLine
from rules.billing.tax_treatment import TaxCategory, TaxTreatment, standard

DAY = date(2026, 11, 2)
RATES = ("0", "2.6", "7", "19", "25.5")


def invoice(*nets: tuple[int, str], currency: str = "EUR") -> InvoiceDescription:
    digits = minor_digits(currency)
    return InvoiceDescription(
        number="INV-000001",
        issued_on=DAY,
        due_on=DAY,
        currency=currency,
        seller=TradeParty(name="Agency", address=PostalAddress(country="DE"), vat_id="DE136695976"),
        buyer=TradeParty(name="Bakery", address=PostalAddress(country="DE"), vat_id="DE129273398"),
        lines=tuple(
            PricedLine(
                name=f"line {place}",
                quantity=Decimal(-1 if net < 0 else 1),
                unit_price=Decimal(abs(net)).scaleb(-digits),
                tax=standard(rate),
            )
            for place, (net, rate) in enumerate(nets, 1)
        ),
    )


def note_over(said: InvoiceDescription, before: Sequence[EarlierNote], wish: CreditWish) -> EarlierNote:
    part = crediting.credited(said, before, wish)
    made = crediting.described(replace(said, kind=InvoiceKind.CREDIT_NOTE, number="CN-1"), part)
    assert invoice_description.read(invoice_description.written(made)) == made
    return EarlierNote(said=made, lines=frozenset(place for place in part.places if place is not None))


def gross(said: InvoiceDescription) -> int:
    return int(said.totals.gross.scaleb(minor_digits(said.currency)))


def sums(notes: Sequence[InvoiceDescription]) -> dict[tuple[str, Decimal], tuple[Decimal, Decimal]]:
    found: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for one in (subtotal for note in notes for subtotal in note.totals.by_tax):
        net, tax = found.get((one.tax.category, one.tax.rate), (Decimal(0), Decimal(0)))
        found[one.tax.category, one.tax.rate] = (net + one.taxable, tax + one.amount)
    return found


INVOICES = st.builds(
    lambda nets, currency: invoice(*nets, currency=currency),
    st.lists(
        st.tuples(st.one_of(st.integers(1, 30), st.integers(1, 10**7)), st.sampled_from(RATES)), min_size=1, max_size=6
    ),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)


@given(INVOICES, st.lists(st.one_of(st.floats(0.001, 1), st.sets(st.integers(1, 6), min_size=1)), max_size=8))
def test_the_parts_of_an_invoice_sum_to_it_in_whatever_parts_it_is_taken_back(
    said: InvoiceDescription, wishes: list[float | set[int]]
) -> None:
    notes: list[EarlierNote] = []
    for wanted in wishes:
        left = crediting.left(said, notes)
        if isinstance(wanted, set):
            wish = CreditWish(lines=tuple(sorted(wanted)))
        else:
            wish = CreditWish(amount=Money(max(1, int(left.minor * wanted)), said.currency))
        try:
            made = note_over(said, notes, wish)
        except NotCreditable:
            assert not left.minor or wish.lines
            continue
        if wish.amount:
            assert gross(made.said) == wish.amount.minor
        notes.append(made)
        assert crediting.left(said, notes).minor == left.minor - gross(made.said) >= 0
    if crediting.left(said, notes).minor:
        notes.append(note_over(said, notes, CreditWish()))
    assert crediting.left(said, notes).minor == 0
    assert sums([note.said for note in notes]) == sums([said])
    with pytest.raises(NotCreditable):
        note_over(said, notes, CreditWish(amount=Money(1, said.currency)))


def test_lines_are_taken_back_whole_once_and_the_rest_is_the_other_lines() -> None:
    said = invoice((1000, "19"), (500, "7"), (250, "19"))
    first = note_over(said, [], CreditWish(lines=(1,)))
    assert (first.said.lines, first.said.totals.gross) == (said.lines[:1], Decimal("11.90"))
    with pytest.raises(NotCreditable, match="line 1 of INV-000001 has been taken back"):
        crediting.credited(said, [first], CreditWish(lines=(1, 2)))
    with pytest.raises(NotCreditable, match="no line 4"):
        crediting.credited(said, [first], CreditWish(lines=(4,)))
    rest = note_over(said, [first], CreditWish())
    assert (rest.said.lines, rest.lines) == (said.lines[1:], {2, 3})
    with pytest.raises(NotCreditable, match="nothing is left"):
        crediting.credited(said, [first, rest], CreditWish())


def test_an_amount_is_taken_of_each_rate_by_what_is_left_of_it() -> None:
    said = invoice((10000, "19"), (10000, "7"))
    made = note_over(said, [], CreditWish(amount=Money(2260, "EUR"))).said
    assert [(one.tax.rate, one.taxable, one.amount) for one in made.totals.by_tax] == [
        (Decimal(7), Decimal("10.00"), Decimal("0.70")),
        (Decimal(19), Decimal("10.00"), Decimal("1.90")),
    ]
    assert [line.name for line in made.lines] == ["INV-000001", "INV-000001"]


@pytest.mark.parametrize("minor", [0, -1, 1191])
def test_an_amount_is_more_than_nothing_and_no_more_than_is_left(minor: int) -> None:
    with pytest.raises(NotCreditable, match=r"up to 11\.90 EUR"):
        crediting.credited(invoice((1000, "19")), [], CreditWish(amount=Money(minor, "EUR")))
    with pytest.raises(NotCreditable):
        crediting.credited(invoice((1000, "19")), [], CreditWish(amount=Money(1, "USD")))


def test_what_was_given_back_on_an_invoice_is_not_credited_twice() -> None:
    said = invoice((1500, "19"), (-500, "19"))
    with pytest.raises(NotCreditable, match=r"only 10\.00 EUR without tax is left"):
        crediting.credited(said, [], CreditWish(lines=(1,)))
    with pytest.raises(NotCreditable):
        crediting.credited(said, [], CreditWish(lines=(2,)))
    assert note_over(said, [], CreditWish(lines=(1, 2))).said.totals.gross == Decimal("11.90")
    mixed = invoice((1500, "19"), (-500, "7"))
    with pytest.raises(NotCreditable, match="gives something back at one of its rates"):
        crediting.credited(mixed, [], CreditWish(amount=Money(100, "EUR")))


def test_lines_and_an_amount_are_not_named_together() -> None:
    with pytest.raises(NotCreditable, match="not both"):
        CreditWish(lines=(1,), amount=Money(1, "EUR"))
    with pytest.raises(NotCreditable, match="once"):
        CreditWish(lines=(1, 1))


def test_reasons_of_exemptions_stay_with_a_part() -> None:
    said = invoice((1000, "19"), (1000, "0"))
    exempt = TaxTreatment(category=TaxCategory.EXEMPT, exemption_reason="§ 4 UStG")
    said = replace(said, lines=(replace(said.lines[0]), replace(said.lines[1], tax=exempt)))
    made = note_over(said, [], CreditWish(amount=Money(500, "EUR"))).said
    assert {one.tax.exemption_reason for one in made.totals.by_tax} == {"§ 4 UStG", None}


def test_rounding_is_for_credit_notes_one_unit_and_on_a_tax_that_is_there() -> None:
    said = invoice_description.written(invoice((1000, "19")))
    one = {"category": "S", "rate": "19", "amount": "0.01"}
    note = said | {"kind": "credit_note"}
    assert invoice_description.read(note | {"tax_roundings": [one]}).totals.tax == Decimal("1.91")
    for wrong in (
        said | {"tax_roundings": [one]},
        note | {"tax_roundings": [one | {"amount": "0.02"}]},
        note | {"tax_roundings": [one | {"rate": "7"}]},
    ):
        with pytest.raises(BadDescription, match="tax_roundings"):
            invoice_description.read(wrong)


def test_the_tax_of_the_last_part_is_what_is_left_of_it() -> None:
    said = invoice((3, "19"), (3, "19"))
    notes = [note_over(said, [], CreditWish(lines=(1,)))]
    notes.append(note_over(said, notes, CreditWish(lines=(2,))))
    assert [note.said.totals.tax for note in notes] == [Decimal("0.01"), Decimal("0.00")]
    assert [[one.amount for one in note.said.tax_roundings] for note in notes] == [[], [Decimal("-0.01")]]
