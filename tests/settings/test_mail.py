"""Settings about mail are read by those who send it, when a process starts."""

from pathlib import Path

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


class TestTokens:
    ACCOUNT = (
        '{"ada": {"provider": "google", "client_id": "app", "client_secret": "app-secret", "refresh_token": "1//r"}}'
    )

    @pytest.mark.parametrize(
        ("name", "url"),
        [
            ("NOLAPSE_MAIL_URLS", "smtp://ada@smtp.gmail.com?auth=xoauth2"),
            ("NOLAPSE_SMTP_URL", "smtp://ada@smtp.gmail.com?auth=xoauth2"),
            ("NOLAPSE_MAIL_BOX_URL", "imaps://ada@imap.gmail.com?auth=xoauth2"),
        ],
    )
    def test_an_address_goes_with_its_account(self, monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
        monkeypatch.setenv(name, url)
        with pytest.raises(BadSettings, match="NOLAPSE_MAIL_OAUTH has no account 'ada'"):
            settings.load()
        monkeypatch.setenv("NOLAPSE_MAIL_OAUTH", self.ACCOUNT)
        loaded = settings.load()
        assert {"app-secret", "1//r"} <= {*loaded.secrets()}
        assert loaded.given()["mail_oauth"] == ["ada"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("NOLAPSE_SMTP_URL", "smtp://smtp.gmail.com?auth=xoauth2"),
            ("NOLAPSE_SMTP_URL", "smtp://ada:pw-secret@smtp.gmail.com?auth=xoauth2"),
            ("NOLAPSE_SMTP_URL", "smtp://ada@smtp.gmail.com?auth=oauth"),
            ("NOLAPSE_MAIL_BOX_URL", "imaps://ada:pw-secret@imap.gmail.com?auth=xoauth2"),
            ("NOLAPSE_MAIL_BOX_URL", "imaps://ada@imap.gmail.com"),
            ("NOLAPSE_MAIL_OAUTH", '{"ada": {"provider": "google", "client_secret": "pw-secret"}}'),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(BadSettings, match=name) as raised:
            settings.load()
        assert "pw-secret" not in str(raised.value)

    def test_it_may_stand_in_a_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "oauth").write_text(self.ACCOUNT)
        monkeypatch.setenv("NOLAPSE_MAIL_OAUTH_FILE", str(tmp_path / "oauth"))
        assert [*settings.load().mail_oauth] == ["ada"]
