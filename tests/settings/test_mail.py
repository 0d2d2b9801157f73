"""Settings about mail are read by those who send it, when a process starts."""

import pytest

import settings
from settings import BadSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOLAPSE_SMTP_URL", "smtp://relay.example:25?tls=none"),
        ("NOLAPSE_SMTP_URL", "smtp://relay.example?tls=maybe"),
        ("NOLAPSE_SMTP_URL", "smtp://:25"),
        ("NOLAPSE_SMTP_URL", "smtps://relay.example"),
        ("NOLAPSE_MAIL_FROM", "Agency, Inc. <a@b>"),
        ("NOLAPSE_MAIL_FROM", "agency"),
        ("NOLAPSE_MAIL_FROM", "a@x.test, b@x.test"),
        ("NOLAPSE_STAFF_EMAILS", "ada@agency.test, grace"),
    ],
)
def test_what_no_mail_could_be_sent_with_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=name):
        settings.load()


def test_a_senders_name_with_a_comma_stands_in_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOLAPSE_MAIL_FROM", '"Agency, Inc." <a@b.test>')
    assert settings.load().mail_from == '"Agency, Inc." <a@b.test>'
