"""What somebody types is each thing that it may be."""

import pytest

from rules.lists.search_words import read


@pytest.mark.parametrize(
    ("typed", "amounts"),
    [
        ("119", ((11900, 2), (119, 0), (119000, 3))),
        ("119.00", ((11900, 2), (119000, 3))),
        ("119,5 €", ((11950, 2), (119500, 3))),
        ("EUR 1.234,56", ((123456, 2), (1234560, 3))),
        ("1,234.56", ((123456, 2), (1234560, 3))),
        ("-35.70", ((-3570, 2), (-35700, 3))),
        ("bakery", ()),
        ("1.2.3.4", ()),
        ("", ()),
    ],
)
def test_an_amount_is_read_in_the_ways_that_people_write_it(typed: str, amounts: tuple[tuple[int, int], ...]) -> None:
    assert read(typed).amounts == amounts


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("INV-2026-000017", 17),
        ("17", 17),
        ("000017", 17),
        ("INV", None),
        ("2026 17", 17),
        ("\N{SUPERSCRIPT TWO}", None),
    ],
)
def test_an_invoices_number_is_its_last_digits(typed: str, number: int | None) -> None:
    assert read(typed).invoice_number == number


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("0A:1B:2C:3D", "0a1b2c3d"),
        ("0a 1b 2c", "0a1b2c"),
        ("0x1baa7f705f", "1baa7f705f"),
        ("1baa7f7", "1baa7f7"),
        ("face", ""),
        ("bakery", ""),
    ],
)
def test_serials_and_fingerprints_are_read_however_programs_print_them(typed: str, digits: str) -> None:
    assert read(typed).hexadecimal == digits


@pytest.mark.parametrize(
    ("typed", "host"),
    [("https://www.Bakery.test/cakes", "www.bakery.test"), ("Bäckerei.de", "xn--bckerei-5wa.de"), ("ake", "ake")],
)
def test_a_host_is_read_as_registries_write_it(typed: str, host: str) -> None:
    assert read(typed).host == host


def test_a_number_is_a_jobs_unless_it_is_longer_than_any() -> None:
    assert read("17").number == 17
    assert read("9" * 30).number is None
