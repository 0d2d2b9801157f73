"""``nolapse mail``: letters as their readers see them."""

from db.mail import letter_texts
from tests.cli.test_commands import Shell, shell  # noqa: F401 - a fixture
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def test_a_letter_is_shown_in_the_language_and_the_form_that_are_asked_for(shell: Shell) -> None:  # noqa: F811
    assert shell("mail", "preview", "invoice", "--language", "fr-CH").out.startswith(
        "Facture INV-2026-0042 de Example Agency\n\n"
    )
    assert '<html lang="pl">' in shell("mail", "preview", "invoice", "--language", "pl", "--form", "html").out
    assert shell("mail", "preview", "trial", "--json").json["subject"] == "Nolapse sends mails"


def test_the_staffs_own_words_are_shown(shell: Shell) -> None:  # noqa: F811
    letter_texts.replace("invoice", "en", {"subject": "Pay {{ number }}"}, by="ada")
    assert shell("mail", "preview", "invoice").out.startswith("Pay INV-2026-0042\n")


def test_an_unknown_letter_is_refused_with_those_there_are(shell: Shell) -> None:  # noqa: F811
    said = shell("mail", "preview", "love")
    assert said.code == 2
    assert "no letter is called 'love'; there are alert, invoice" in said.error
