"""What the settings say of Stripe: a restricted key of the right mode, one or two secrets, and none of it shown."""

import pytest

import settings
from settings import BadSettings

TEST_KEY, LIVE_KEY = "rk_test_abcdefgh12345678", "rk_live_abcdefgh12345678"
SECRETS = "whsec_newnewnew, whsec_oldoldold"


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> settings.Settings:
    for name, value in variables.items():
        monkeypatch.setenv(f"NOLAPSE_{name.upper()}", value)
    return settings.load()


def test_key_and_secrets_are_read_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(monkeypatch, stripe_key=TEST_KEY, stripe_webhook_secrets=SECRETS)
    assert loaded.stripe_signing_secrets == ("whsec_newnewnew", "whsec_oldoldold")
    assert not loaded.stripe_is_live
    assert {TEST_KEY, "whsec_newnewnew", "whsec_oldoldold"} <= set(loaded.secrets())
    for secret in (TEST_KEY, "whsec_newnewnew", "whsec_oldoldold"):
        assert secret not in repr(loaded)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("stripe_key", "sk_test_abcdefgh12345678", "restricted"),
        ("stripe_key", "pk_test_abcdefgh12345678", "restricted"),
        ("stripe_key", "rk_test_abcdefgh 1234", "restricted"),
        ("stripe_key", LIVE_KEY, "live mode"),
        ("stripe_webhook_secrets", "secretsecretsecret", "whsec_"),
        ("stripe_webhook_secrets", ",", "whsec_"),
        ("stripe_webhook_secrets", "whsec_onesecret,whsec_twosecret,whsec_threesecret", "two"),
        ("stripe_account", "cus_123", "STRIPE_ACCOUNT"),
        ("stripe_url", "https://api.stripe.com/v1", "STRIPE_URL"),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start_without_the_secret(
    variable: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadSettings, match=says) as refused:
        load(monkeypatch, **{variable: value})
    if variable in ("stripe_key", "stripe_webhook_secrets") and len(value) > 1:
        assert value not in str(refused.value)


def test_production_takes_a_live_key_over_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    live = {"environment": "production", "stripe_key": LIVE_KEY, "link_keys": f"first:{'A' * 43}"}
    assert load(monkeypatch, **live).stripe_is_live
    with pytest.raises(BadSettings, match="https"):
        load(monkeypatch, **live, stripe_url="http://api.stripe.com")
    with pytest.raises(BadSettings, match="test mode"):
        load(monkeypatch, **{**live, "stripe_key": TEST_KEY})
