"""The pages of clients by which they pay and say no to notices: whole in each language of the letters."""

from dataclasses import asdict

import pytest

from rules import languages
from rules.billing.settlement import SettlementState
from wording.billing import invoice_states
from wording.clients import unsubscribing

EACH = pytest.mark.parametrize("language", languages.NAMES)


@EACH
def test_each_word_of_paying_is_said(language: str) -> None:
    assert list(invoice_states.page(language)) == list(invoice_states.page("en"))
    assert all(invoice_states.page(language).values())
    assert set(invoice_states.states(language)) == set(SettlementState)
    assert len(set(invoice_states.states(language).values())) == len(SettlementState)


@EACH
def test_whose_notices_end_is_named(language: str) -> None:
    words = asdict(unsubscribing.WORDS[language])
    filled = {name: said.format(client="Bakery") for name, said in words.items()}
    assert [name for name in words if "Bakery" in filled[name]] == ["about", "ended"]


def test_no_two_languages_say_the_same() -> None:
    for name in ("pay", "outstanding", "refused"):
        assert len({invoice_states.page(one)[name] for one in languages.NAMES}) == len(languages.NAMES)
    assert len({one.asks for one in unsubscribing.WORDS.values()}) == len(languages.NAMES)


def test_who_reads_another_language_reads_english() -> None:
    assert [invoice_states.spoken(one) for one in ("fr-BE", "ja", "")] == ["fr", "en", "en"]
