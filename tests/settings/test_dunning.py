"""Stages of reminders as the settings name them, and what is refused at the start."""

import pytest

import settings


def test_amounts_are_read_in_the_minor_units_of_their_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOLAPSE_DUNNING", '[{"days": 7, "fee": {"EUR": "5.00", "JPY": "500", "KWD": "1.5"}}]')
    (stage,) = settings.load().dunning_stages
    assert stage.fee == {"EUR": 500, "JPY": 500, "KWD": 1500}


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "{}",
        "[1]",
        '[{"days": 400}]',
        '[{"days": 7}, {"days": 7}]',
        '[{"days": 7, "fee": {"EUR": "-1"}}]',
        '[{"days": 7, "fee": {"XXQ": "1"}}]',
        '[{"days": 7, "fee": {"EUR": "1.234"}}]',
        '[{"days": 7, "interest_percent": -1}]',
        '[{"days": 7, "colour": "red"}]',
    ],
)
def test_stages_that_cannot_be_are_refused_at_the_start(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOLAPSE_DUNNING", given)
    with pytest.raises(settings.BadSettings, match="NOLAPSE_DUNNING"):
        settings.load()
