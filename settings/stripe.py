"""Settings of payments by Stripe: the key, the webhook's secrets, and their account. Without a key there are none."""

import re

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from rules.names import server_addresses

_KEY = re.compile(r"rk_(test|live)_[A-Za-z0-9_]{8,300}")
_SECRET = re.compile(r"whsec_[A-Za-z0-9_+/=]{8,300}")
_MOST_SECRETS = 2


class StripeSettings(BaseSettings):
    """The variables ``NOLAPSE_STRIPE_...``."""

    stripe_key: SecretStr | None = None
    """A restricted key: ``rk_test_...``, in production ``rk_live_...``."""
    stripe_webhook_secrets: SecretStr | None = None
    """``whsec_...`` of the endpoint; while it is replaced the new and the old one, comma-separated."""
    stripe_account: str = Field("", pattern=r"^(acct_[A-Za-z0-9]{1,100})?$")
    """The account whose events are taken, where they come from a connected one."""
    stripe_url: str = "https://api.stripe.com"
    """Where Stripe's API is; another one for the sandbox alone."""

    @field_validator("stripe_url")
    @classmethod
    def _stripe_address(cls, value: str) -> str:
        parts = server_addresses.require_web(value)
        if parts.path or parts.query or parts.fragment:
            raise ValueError("must be https:// and a host, without a path")
        return value

    @field_validator("stripe_key")
    @classmethod
    def _restricted(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or _KEY.fullmatch(value.get_secret_value()):
            return value
        if value.get_secret_value().startswith("sk_"):
            raise ValueError("a secret key (sk_...) may do everything: make a restricted one (docs/billing.md)")
        raise ValueError("must be a restricted key: rk_test_... or, in production, rk_live_...")

    @field_validator("stripe_webhook_secrets")
    @classmethod
    def _signing(cls, value: SecretStr | None) -> SecretStr | None:
        given = _listed(value)
        if value is not None and (not 1 <= len(given) <= _MOST_SECRETS or not all(map(_SECRET.fullmatch, given))):
            raise ValueError("must be one signing secret (whsec_...), or two while one is replaced, comma-separated")
        return value

    def require_stripe_mode(self, environment: str) -> None:
        """Raise ``ValueError`` for a key of the wrong mode: no test card pays a real invoice, no test moves money."""
        if self.stripe_key is None:
            return
        if self.stripe_is_live != (environment == "production"):
            mode = "live" if self.stripe_is_live else "test"
            raise ValueError(f"NOLAPSE_STRIPE_KEY is a key of {mode} mode, which does not belong into {environment}")
        if environment == "production" and not self.stripe_url.startswith("https://"):
            raise ValueError("NOLAPSE_STRIPE_URL must be https:// in production")

    @property
    def stripe_is_live(self) -> bool:
        """Whether the key moves real money."""
        return self.stripe_key is not None and self.stripe_key.get_secret_value().startswith("rk_live_")

    @property
    def stripe_signing_secrets(self) -> tuple[str, ...]:
        """The webhook's secrets, each by itself."""
        return _listed(self.stripe_webhook_secrets)

    def stripe_secrets(self) -> tuple[str, ...]:
        """Return what no log may show."""
        return (*((self.stripe_key.get_secret_value(),) if self.stripe_key else ()), *self.stripe_signing_secrets)


STRIPE_SECRETS: dict[str, str] = {
    "NOLAPSE_STRIPE_KEY": "stripe_key",
    "NOLAPSE_STRIPE_WEBHOOK_SECRETS": "stripe_webhook_secrets",
}
"""Each variable that holds a secret, and its field."""


def _listed(value: SecretStr | None) -> tuple[str, ...]:
    given = value.get_secret_value() if value else ""
    return tuple(part.strip() for part in given.split(",") if part.strip())
