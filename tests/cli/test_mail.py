"""``nolapse mail``: letters as their readers see them, mails that are settled, addresses that get none."""

from db import connection
from db.access import audit
from db.mail import letter_texts, outbox
from db.mail.outbox import Mail
from rules.mail.mail_outcomes import MailState
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
    assert "no letter is called 'love'; there are alert" in said.error


def test_an_unknown_mail_is_settled_once_and_with_a_reason(shell: Shell) -> None:  # noqa: F811
    with connection.session(), connection.transaction():
        letter = Mail(dedupe_key="1", recipient="ada@clients.test", subject="Hi", text="Hi", html="Hi")
        mail_id, _ = outbox.add(letter, host="nolapse.test")
        outbox.ended(mail_id, MailState.UNKNOWN, reply=None)
    number = str(mail_id)
    said = shell.all(
        ("mail", "settle", number, "arrived"),
        ("mail", "settle", number, "arrived", "--reason", " "),
        ("mail", "settle", "999", "arrived", "--reason", "x"),
    )
    assert [one.code for one in said] == [2, 2, 2]
    assert shell("mail", "settle", number, "arrived", "--reason", "the log has it", "--json").json["state"] == "sent"
    again = shell("mail", "settle", number, "send_again", "--reason", "x")
    assert (again.code, "is sent" in again.error) == (2, True)
    with connection.session():
        (entry,) = audit.LIST.page("-id").rows
    assert (entry.action, entry.reason, entry.via) == ("mail settle", "the log has it", "command line")


def test_an_address_is_suppressed_listed_and_lifted(shell: Shell) -> None:  # noqa: F811
    assert shell("mail", "suppress", "ada", "--reason", "x").code == 2
    assert shell("mail", "suppress", "Ada@clients.test", "--reason", "asked", "--days", "3").code == 0
    (entry,) = shell("mail", "suppressions", "--json").json
    assert (entry["address"], entry["said"]) == ("ada@clients.test", "asked")
    assert shell("mail", "lift", "ada@clients.test", "--reason", "works again").code == 0
    assert shell("mail", "lift", "ada@clients.test", "--reason", "again").code == 2
    with connection.session():
        assert [one.action for one in audit.LIST.page("-id").rows] == ["suppression lift", "suppression add"]
