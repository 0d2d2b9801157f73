"""What the trail keeps: bounded, and no secrets."""

import json

import pytest

from rules.access import audit


@pytest.mark.parametrize(
    "given",
    [
        {"password": "hunter2hunter2"},
        {"new_password": "hunter2hunter2"},
        {"Authorization": "Basic hunter2hunter2"},
        {"deep": {"client_secret": "hunter2hunter2"}},
        {"listed": [{"recovery_codes": ["hunter2hunter2"]}]},
        {"why": "it was nlp_hunter2hunter2hunter2 all along"},
        {"why": "otpauth://totp/Nolapse:ada?secret=hunter2hunter2"},
        {"url": "smtp://ada:hunter2hunter2@relay.test"},
    ],
)
def test_a_secret_is_not_kept_wherever_it_stands(given: dict[str, object]) -> None:
    kept = json.dumps(audit.kept(given))
    assert "hunter2" not in kept
    assert "(not kept)" in kept


def test_what_is_no_secret_stays() -> None:
    given = {"name": "Bakery", "token": "deploy", "days": 90, "clients": [1, 2], "none": None, "yes": True}
    assert audit.kept(given) == given


def test_what_is_kept_is_bounded_in_each_text_in_number_and_as_a_whole() -> None:
    kept = audit.kept({"text": "x" * 10_000, "many": list(range(1000))})
    assert len(kept["text"]) == audit.LONGEST_TEXT
    assert len(kept["many"]) == 50
    wide = audit.kept({f"field {number}": "x" * 400 for number in range(100)})
    assert wide["cut"] is True
    assert len(json.dumps(wide)) <= 4000
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"deeper": deep}
    assert len(json.dumps(audit.kept(deep))) < 1000


def test_what_no_database_keeps_is_left_out() -> None:
    assert audit.kept({"text": "a\0b\ud800"}) == {"text": "ab?"}


def test_a_reason_is_one_line() -> None:
    assert audit.line(" the client\r\nasked\x1b[31m ") == "the client  asked [31m"
    assert len(audit.line("x" * 10_000)) == audit.LONGEST_REASON


def test_a_difference_names_what_changed_alone() -> None:
    before, after = {"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}
    assert audit.difference(before, after) == ({"b": 2, "c": None}, {"b": 3, "c": 4})
