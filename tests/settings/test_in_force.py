"""The settings in force, as the audit trail says them: what differs from the defaults, and no secret."""

import json

import pytest
from pydantic import SecretStr

import settings
from db.access import audit
from tests.faults.marks import on_sqlite
from workers import settings_trail

pytestmark = [on_sqlite, pytest.mark.usefixtures("ledger")]


def entries() -> list[audit.AuditEntry]:
    return [one for one in audit.LIST.read(list(range(1, 100))) if one.action == "settings in force"]


def test_what_differs_is_entered_once_until_it_differs_otherwise() -> None:
    for grace_s in (11.0, 11.0, 12.0):
        with settings.override(grace_s=grace_s):
            settings_trail.record()
    assert sorted((one.after or {})["grace_s"] for one in entries()) == [11.0, 12.0]


def test_of_a_secret_it_says_that_it_is_set(database: str) -> None:
    with settings.override(
        database_url_given=SecretStr(database),
        sentry_dsn=SecretStr("https://canary-7f3a@sentry.example/1"),
        session_keys=SecretStr("one:canary-7f3a"),
        mail_urls=SecretStr("smtp://me:canary-7f3a@relay.example"),
    ):
        settings_trail.record()
    (entry,) = entries()
    written = json.dumps(entry.after)
    assert "canary" not in written
    assert {name: (entry.after or {})[name] for name in ("sentry_dsn", "session_keys", "mail_urls")} == {
        "sentry_dsn": "(set)",
        "session_keys": "(set)",
        "mail_urls": "(set)",
    }


def test_of_channels_pings_and_providers_it_says_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = {
        "chat": {"apprise": "slack://canary-7f3a/TokenB/TokenC"},
        "pager": {"webhook": "https://pager.example/canary-7f3a", "secret": "whsec_" + "/9" * 24},
    }
    monkeypatch.setenv("NOLAPSE_ALERT_CHANNELS", json.dumps(channels))
    monkeypatch.setenv("NOLAPSE_PING_URLS", json.dumps({"invoices": "https://hc-ping.example/canary-7f3a"}))
    given = settings.load().given()
    assert (given["alert_channels"], given["ping_urls"]) == (["chat", "pager"], ["invoices"])
    assert "canary" not in json.dumps(given)
