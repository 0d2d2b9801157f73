"""Secrets as files: what is read of them, and that what goes wrong names variables and never a content."""

from pathlib import Path

import pytest
from pydantic import SecretStr

import settings
from settings import BadSettings, secret_files

CANARY = "canary-81f3"
KEY = "a:" + "A" * 43
VALUES = {
    "DATABASE_URL": f"postgresql://u:{CANARY}@h/d",
    "REDIS_URL": f"redis://:{CANARY}@h",
    "SENTRY_DSN": f"https://{CANARY}@h/1",
    "NOLAPSE_SMTP_URL": f"smtp://u:{CANARY}@h:25",
    "NOLAPSE_SESSION_KEYS": KEY,
    "NOLAPSE_LINK_KEYS": KEY,
    "NOLAPSE_STORAGE_SECRET_KEY": CANARY,
    "NOLAPSE_STORAGE_MAINTENANCE_SECRET_KEY": CANARY,
    "NOLAPSE_ALERT_CHANNELS": f'{{"chat": {{"apprise": "slack://{CANARY}/B/C"}}}}',
    "NOLAPSE_PING_URLS": f'{{"audit": "https://ping.example/{CANARY}"}}',
    "NOLAPSE_OIDC": f'{{"google": {{"client_id": "x", "client_secret": "{CANARY}"}}}}',
}


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a file and names it to the environment."""
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        monkeypatch.setenv(f"{name}_FILE", str(path))
        return path

    return write


def test_every_secret_can_be_a_file(keep) -> None:
    fields = settings.Settings.model_fields.items()
    secret = {name for name, field in fields if "SecretStr" in str(field.annotation)}
    held = {
        f"{name}_given" if f"{name}_given" in secret else name for name in map(str.lower, settings.SECRETS.values())
    }
    assert held == secret | {"oidc", "alert_channels", "mail_oauth"}
    for name, value in VALUES.items():
        keep(name, f"{value}\n".encode())
    read = settings.load()
    assert read.database_url == VALUES["DATABASE_URL"]
    assert read.redis_url == VALUES["REDIS_URL"]
    assert read.sentry_dsn == SecretStr(VALUES["SENTRY_DSN"])
    assert read.smtp_url == SecretStr(VALUES["NOLAPSE_SMTP_URL"])
    assert read.session_keys == SecretStr(KEY)
    assert read.oidc["google"].client_secret == SecretStr(CANARY)
    assert {VALUES["NOLAPSE_SMTP_URL"], CANARY, "A" * 43} <= set(read.secrets()), "and no log shows them"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_end_is_left_out(keep, end: str) -> None:
    keep("NOLAPSE_SMTP_URL", f"smtp://u:p@h:25{end}".encode())
    assert settings.load().smtp_url == SecretStr("smtp://u:p@h:25")


@pytest.mark.parametrize("name", VALUES)
def test_both_at_once_is_an_error_that_names_both(keep, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    keep(name, VALUES[name].encode())
    monkeypatch.setenv(name, VALUES[name])
    with pytest.raises(BadSettings, match=f"{name} and {name}_FILE are both set") as raised:
        settings.load()
    assert CANARY not in str(raised.value)
    monkeypatch.setenv(name, "")
    settings.load()


@pytest.mark.parametrize(
    "content", [b"", b"\n", f"{CANARY}\xff".encode("latin-1"), CANARY.encode() * 10_000, CANARY.encode()]
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "NOLAPSE_SMTP_URL", "NOLAPSE_SESSION_KEYS", "NOLAPSE_OIDC"])
def test_what_cannot_be_used_is_an_error_without_its_content(keep, name: str, content: bytes) -> None:
    keep(name, content)
    with pytest.raises(BadSettings, match=name) as raised:
        settings.load()
    assert CANARY not in str(raised.value)


def test_a_file_that_is_not_there_or_is_none_is_named(keep, tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(secret_files.BadSecretFile, match=r"^REDIS_URL_FILE: .* cannot be read \("):
            secret_files.read(["REDIS_URL"], {"REDIS_URL_FILE": str(path)})


def test_what_the_demo_sets_counts_whatever_file_was_named(keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("NOLAPSE_SMTP_URL", b"smtp://u:p@h:25")
    monkeypatch.setattr(settings, "_current", None)
    monkeypatch.setenv("NOLAPSE_SMTP_URL", "")
    assert settings.adopt({"NOLAPSE_SMTP_URL": "smtp://other:25"}).smtp_url == SecretStr("smtp://other:25")
