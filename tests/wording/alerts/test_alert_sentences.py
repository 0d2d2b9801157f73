"""Alerts are stored in English with what they were made of, and said to each reader in their own language."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from db import connection
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.checks.subjects import Subject
from rules.translatable import Translatable, dump
from wording import messages
from wording.alerts import alert_sentences

EXPIRES = Translatable(
    "{name} expires on {expires}{ours}{late}",
    name="<b>{bakery}</b>.test",
    expires="2026-12-01",
    ours=Translatable(" by our own records"),
    late="",
)


@pytest.fixture
def german() -> Iterator[None]:
    messages.speak("de")
    yield
    messages.speak("en")


@dataclass
class Said:
    said: Mapping[str, Any]
    kind: str = "domain_expiry"
    headline: str = "in English"
    what_to_do: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())


def test_it_is_its_english_text() -> None:
    assert EXPIRES == "<b>{bakery}</b>.test expires on 2026-12-01 by our own records"
    assert (
        Translatable("nothing {that} is filled {in}".replace("{", "").replace("}", "")) == "nothing that is filled in"
    )


@pytest.mark.usefixtures("german")
def test_what_was_kept_of_it_is_said_in_german() -> None:
    kept = json.loads(json.dumps(dump(EXPIRES, str)))
    assert alert_sentences.headline(Said({"headline": kept})) == (
        "<b>{bakery}</b>.test läuft am 2026-12-01 ab nach unseren eigenen Aufzeichnungen"
    )
    assert alert_sentences.label("Why") == "Warum"
    assert alert_sentences.label("what nobody knows") == "what nobody knows"


def test_to_who_reads_english_the_stored_text_is_said() -> None:
    assert alert_sentences.headline(Said({"headline": dump(EXPIRES, str)})) == "in English"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    "kept",
    [None, "", {"message": "{gone} {name}", "values": {"name": "a"}}, {"message": "{", "values": {"a": "b"}}, {}],
)
def test_what_cannot_be_said_again_is_said_in_english(kept: object) -> None:
    assert alert_sentences.headline(Said({"headline": kept} if kept is not None else {})) == "in English"


@pytest.mark.usefixtures("german", "ledger")
def test_an_alert_keeps_what_it_was_made_of_without_what_a_database_refuses() -> None:
    notice = Notice(
        kind="domain_expiry",
        headline=Translatable("{name} is being restored", name="a\0b\ud800"),
        what_to_do=Translatable("Renew it at its registrar."),
    )
    with connection.transaction():
        (number,) = alerts.reconcile([Standing(subject=Subject("domain", 1), notices=(notice,))])
    found = alerts.get(number)
    assert found.headline == "ab? is being restored"
    assert alert_sentences.headline(found) == "ab? wird wiederhergestellt"
    assert alert_sentences.advice(found) == "Verlängern Sie sie beim Registrar."
    plain = Notice(kind="domain_expiry", headline="as it is", stage=7)
    with connection.transaction():
        alerts.reconcile([Standing(subject=Subject("domain", 1), notices=(plain,), over=frozenset({"domain_expiry"}))])
    assert {alert_sentences.headline(one) for one in alerts.open_()} == {"as it is"}
