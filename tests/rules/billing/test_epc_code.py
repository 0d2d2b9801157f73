"""The text of the code that banks' apps read, by EPC069-12."""

from decimal import Decimal

import pytest

from rules.billing.epc_code import payload


def test_it_has_the_lines_of_the_scheme() -> None:
    found = payload(name="Agency", iban="DE89370400440532013000", bic=None, amount=Decimal("141.3"), text="INV-1")
    assert found == "BCD\n002\n1\nSCT\n\nAgency\nDE89370400440532013000\nEUR141.30\n\n\nINV-1"


def test_a_name_can_add_no_line_and_is_cut() -> None:
    found = payload(name="A\nEUR1.00 " + "x" * 100, iban="X", bic="B", amount=Decimal(1), text="t\r\n" + "y" * 200)
    assert found
    lines = found.split("\n")
    assert len(lines) == 11
    assert (len(lines[5]), len(lines[10])) == (70, 140)


@pytest.mark.parametrize("amount", ["0", "-1", "1000000000"])
def test_what_cannot_be_transferred_has_no_code(amount: str) -> None:
    assert payload(name="A", iban="X", bic=None, amount=Decimal(amount), text="t") is None
