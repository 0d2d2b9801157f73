"""The settings in force: every one explained, none of the secrets shown, each with where it comes from."""

import json
from pathlib import Path

import pytest

import settings
from rules.access import Role
from settings import SECRETS, in_force
from settings.in_force import SettingInForce, SettingOrigin
from tests.api.conftest import Surface, hashed, surface  # noqa: F401 - fixtures
from tests.faults.marks import on_sqlite

CANARY = "canary-5d1e7b"
DOCUMENTED = Path(__file__).parents[2] / "docs" / "operate.md"


def by_variable() -> dict[str, SettingInForce]:
    return {one.variable: one for one in in_force.all_()}


def test_every_setting_says_what_it_does_and_is_in_the_operators_table() -> None:
    documented = DOCUMENTED.read_text()
    for one in in_force.all_():
        assert len(one.what) > 10, one.variable
        assert f"`{one.variable}`" in documented, one.variable


def test_where_a_value_comes_from_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "smtp-url"
    secret.write_text(f"smtp://user:{CANARY}@relay.test:587?tls=starttls\n")
    monkeypatch.setenv("NOLAPSE_LOG_LEVEL", "debug")
    monkeypatch.setenv("NOLAPSE_SMTP_URL_FILE", str(secret))
    monkeypatch.setattr(settings, "_current", settings.load(web_port=1234))
    found = by_variable()
    assert (found["NOLAPSE_LOG_LEVEL"].origin, found["NOLAPSE_LOG_LEVEL"].value) == (
        SettingOrigin.ENVIRONMENT,
        "debug",
    )
    assert (found["NOLAPSE_SMTP_URL"].origin, found["NOLAPSE_SMTP_URL"].file) == (SettingOrigin.FILE, str(secret))
    assert found["NOLAPSE_WEB_PORT"].origin is SettingOrigin.PROGRAM
    assert found["NOLAPSE_GRACE_S"].origin is SettingOrigin.DEFAULT
    assert CANARY not in repr(found)


GIVEN = {
    "DATABASE_URL": f"postgresql://user:{CANARY}@db.test/nolapse",
    "REDIS_URL": f"redis://:{CANARY}@redis.test",
    "SENTRY_DSN": f"https://{CANARY}@sentry.test/1",
    "NOLAPSE_SESSION_KEYS": f"{CANARY}:" + "A" * 43,
    "NOLAPSE_LINK_KEYS": f"{CANARY}:" + "A" * 43,
    "NOLAPSE_OIDC": json.dumps(
        {"work": {"issuer": "https://id.test", "client_id": "nolapse", "client_secret": CANARY}}
    ),
    "NOLAPSE_SMTP_URL": f"smtp://user:{CANARY}@relay.test:587?tls=starttls",
    "NOLAPSE_MAIL_URLS": f"smtp://user:{CANARY}@relay.test:587?tls=starttls",
    "NOLAPSE_MAIL_HOOK_TOKEN": CANARY * 3,
    "NOLAPSE_MAIL_BOX_URL": f"imaps://user:{CANARY}@imap.test:993/INBOX",
    "NOLAPSE_STORAGE_URL": "s3://bucket/prefix?region=eu-central-1",
    "NOLAPSE_STORAGE_ACCESS_KEY": "account",
    "NOLAPSE_STORAGE_SECRET_KEY": CANARY,
    "NOLAPSE_STORAGE_MAINTENANCE_ACCESS_KEY": "keeper",
    "NOLAPSE_STORAGE_MAINTENANCE_SECRET_KEY": CANARY,
    "NOLAPSE_STRIPE_KEY": f"rk_test_{CANARY.replace('-', '_')}",
    "NOLAPSE_STRIPE_WEBHOOK_SECRETS": f"whsec_{CANARY.replace('-', '_')}",
    "NOLAPSE_PING_URLS": json.dumps({"invoices": f"https://hc.test/{CANARY}"}),
    "NOLAPSE_ALERT_CHANNELS": json.dumps({"ops": {"apprise": f"json://user:{CANARY}@chat.test"}}),
}
"""A value with a canary for every variable that may hold a secret and can be given on any machine."""


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "_current", settings.load())
    shown = repr(in_force.all_())
    assert CANARY not in shown
    assert CANARY.replace("-", "_") not in shown
    assert set(SECRETS) - set(GIVEN) == {"NOLAPSE_MAIL_DKIM_KEY", "NOLAPSE_MAIL_OAUTH"}
    assert by_variable()["NOLAPSE_OIDC"].value == "work: set, not shown"


@on_sqlite
def test_owners_and_admins_alone_see_them(surface: Surface) -> None:  # noqa: F811
    for role in Role:
        answer = surface.signed_in(role).get("/settings", headers={"accept": "text/html"})
        assert answer.status_code == (200 if role in {Role.OWNER, Role.ADMIN} else 403), role
    assert "NOLAPSE_GRACE_S" in surface.signed_in(Role.ADMIN).get("/settings", headers={"accept": "text/html"}).text
