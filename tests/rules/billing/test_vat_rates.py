"""VAT rates: the table agrees with the package it was taken over from, and knows what held on a day."""

from datetime import date, timedelta
from decimal import Decimal

import eu_vat_rates_data as package
import pytest

from rules.billing.vat_rates import (
    COUNTRIES,
    REDUCED,
    SINCE,
    STANDARD,
    UNION,
    UnknownRate,
    charges_rate,
    standard_rate,
)

PACKAGED = date.fromisoformat(package.data_version)


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_the_table_says_what_the_package_says(country: str) -> None:
    """Where this fails after an upgrade, add a row with the day on which the new rate begins, and its source."""
    theirs = package.get_rate(country)
    assert theirs is not None
    others = (*theirs["reduced"], theirs["super_reduced"], theirs["parking"])
    assert standard_rate(country, PACKAGED).percent == Decimal(str(theirs["standard"]))
    assert REDUCED[country] == {Decimal(str(one)) for one in others if one}


def test_the_union_has_27_members_and_the_package_the_same() -> None:
    assert {country for country in package.get_all_rates() if package.is_eu_member(country)} == UNION
    assert len(UNION) == 27


@pytest.mark.parametrize(
    ("country", "on", "percent"),
    [
        ("DE", date(2021, 1, 1), "19"),
        ("IE", date(2021, 2, 28), "21"),
        ("IE", date(2021, 3, 1), "23"),
        ("LU", date(2023, 6, 1), "16"),
        ("LU", date(2024, 1, 1), "17"),
        ("CH", date(2023, 12, 31), "7.7"),
        ("CH", date(2024, 1, 1), "8.1"),
        ("EE", date(2025, 6, 30), "22"),
        ("EE", date(2025, 7, 1), "24"),
        ("FI", date(2024, 9, 1), "25.5"),
        ("RO", date(2025, 7, 31), "19"),
    ],
)
def test_the_rate_is_that_of_the_day(country: str, on: date, percent: str) -> None:
    assert standard_rate(country, on).percent == Decimal(percent)


def test_each_row_names_its_source_and_no_day_has_two_rates() -> None:
    assert all(rate.source for rate in STANDARD)
    assert len({(rate.country, rate.begin) for rate in STANDARD}) == len(STANDARD)
    assert list(STANDARD) == sorted(STANDARD, key=lambda rate: rate.begin)


def test_what_the_table_does_not_know_is_said() -> None:
    with pytest.raises(UnknownRate, match="US"):
        standard_rate("US", date(2026, 1, 1))
    with pytest.raises(UnknownRate, match="known from 2021-01-01 on, not for 2020-12-31"):
        standard_rate("DE", SINCE - timedelta(days=1))


def test_a_country_charges_its_standard_and_its_reduced_rates() -> None:
    on = date(2026, 1, 1)
    assert charges_rate("DE", Decimal(19), on)
    assert charges_rate("DE", Decimal("7.0"), on)
    assert not charges_rate("DE", Decimal(8), on)
