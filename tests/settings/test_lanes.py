"""NOLAPSE_LANES: calls a minute by server, refused by name where they make no sense."""

import pytest

import settings
from settings import BadSettings


def test_servers_are_named_however_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOLAPSE_LANES", '{"WHOIS.Denic.de.": 20, "*": 0.5, "127.0.0.1:4343": "60"}')
    assert settings.load().lanes == {"whois.denic.de": 20, "*": 0.5, "127.0.0.1:4343": 60}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("{", "must be a JSON object of servers and calls a minute"),
        ("[1]", "must be a JSON object of servers and calls a minute"),
        ("20", "must be a JSON object of servers and calls a minute"),
        ('{"whois.eu": "often"}', "valid number"),
        ('{"whois.eu": 0}', "whois.eu: 0 calls a minute are not above 0"),
        ('{"whois.eu": -1}', "whois.eu: -1 calls a minute are not above 0"),
        ('{"whois.eu": NaN}', "whois.eu: nan calls a minute are not above 0"),
        ('{"whois.eu": 1e9}', "up to 60,000"),
    ],
)
def test_what_makes_no_sense_is_refused_naming_the_variable(
    monkeypatch: pytest.MonkeyPatch, written: str, complaint: str
) -> None:
    monkeypatch.setenv("NOLAPSE_LANES", written)
    with pytest.raises(BadSettings, match=f"(?s)NOLAPSE_LANES.*{complaint}"):
        settings.load()
