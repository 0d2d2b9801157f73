"""Channels as the settings name them, and messages in the form of Standard Webhooks."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from rules.alerts import alert_channels, standard_webhooks
from rules.alerts.alert_channels import AppriseChannel, WebhookChannel

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + b64encode(bytes(range(64))).decode()
HOOK = {"webhook": "https://pager.example/in/Zm9vYmFyMTIz?key=hidden-word", "secret": SECRET}


class TestChannels:
    def test_a_webhook_and_a_service_are_read_and_keep_their_secrets(self) -> None:
        found = alert_channels.read({"pager": HOOK, "chat": {"apprise": "slack://TOKENTOKEN/B/C"}})
        pager, chat = found["pager"], found["chat"]
        assert isinstance(pager, WebhookChannel)
        assert isinstance(chat, AppriseChannel)
        assert (pager.where, chat.where) == ("pager.example", "slack")
        assert {SECRET, "Zm9vYmFyMTIz", "hidden-word"} <= set(pager.secrets)
        assert "TOKENTOKEN" in chat.secrets
        for secret in (*pager.secrets, *chat.secrets):
            assert secret not in repr(found)

    @pytest.mark.parametrize(
        ("given", "named"),
        [
            ([], "JSON object"),
            ({"Pager": HOOK}, "no name"),
            ({"pager": "https://pager.example"}, "pager: write"),
            ({"pager": {**HOOK, "more": "x"}}, "pager: write"),
            ({"pager": {**HOOK, "secret": "whsec_dG9vIHNob3J0"}}, "24 to 64"),
            ({"pager": {**HOOK, "secret": SECRET.removeprefix("whsec_")}}, "whsec_"),
            ({"pager": {**HOOK, "secret": "whsec_???"}}, "base64"),
            ({"pager": {**HOOK, "secret": ""}}, "one secret"),
            ({"pager": {**HOOK, "secret": f"{SECRET} {OTHER} {SECRET}"}}, "one secret"),
            ({"pager": {**HOOK, "webhook": "ftp://pager.example"}}, "https://"),
            ({"pager": {**HOOK, "webhook": "https://user:hunter22@pager.example"}}, "no user"),
            ({"chat": {"apprise": "slack"}}, "look like"),
            ({"chat": {"apprise": "syslog://"}}, "look like"),
            ({"chat": {"apprise": "dbus://x"}}, "nobody but this machine"),
            ({f"c{number}": HOOK for number in range(51)}, "up to 50"),
        ],
    )
    def test_what_cannot_be_is_named_without_a_secret(self, given: object, named: str) -> None:
        with pytest.raises(ValueError, match=named) as told:
            alert_channels.read(given)
        assert "hunter22" not in str(told.value)
        assert SECRET not in str(told.value)


class TestStandardWebhooks:
    def _signed(self, *, at: datetime) -> tuple[bytes, dict[str, str]]:
        keys = [bytes(range(32)), bytes(range(64))]
        body = standard_webhooks.body("alerts.told", {"alerts": [{"headline": "bäckerei.test"}]}, at=at)
        return body, standard_webhooks.headers("msg_1", body, keys=keys, at=at)

    @pytest.mark.parametrize("secret", [SECRET, OTHER])
    def test_the_library_of_the_standard_verifies_both_secrets(self, secret: str) -> None:
        body, headers = self._signed(at=datetime.now(UTC))
        read = Webhook(secret).verify(body, headers)
        assert read["type"] == "alerts.told"
        assert read["data"]["alerts"][0]["headline"] == "bäckerei.test"

    def test_it_refuses_another_body_another_id_another_secret_and_an_old_one(self) -> None:
        body, headers = self._signed(at=datetime.now(UTC))
        old = self._signed(at=datetime.now(UTC) - timedelta(minutes=10))
        stranger = "whsec_" + b64encode(bytes(32)).decode()
        for secret, sent, shown in (
            (SECRET, body.replace(b"told", b"tald"), headers),
            (SECRET, body, {**headers, "webhook-id": "msg_2"}),
            (stranger, body, headers),
            (SECRET, *old),
        ):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(sent, shown)

    def test_a_body_says_its_type_and_when(self) -> None:
        at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        assert json.loads(standard_webhooks.body("channel.test", {}, at=at)) == {
            "type": "channel.test",
            "timestamp": "2026-03-01T12:00:00+00:00",
            "data": {},
        }
