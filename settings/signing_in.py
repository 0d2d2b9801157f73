"""Settings of signing in: how long sessions last, who needs a second factor, and the identity providers."""

import re
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from settings import identity_providers, json_objects, named_keys
from settings.comma_lists import CommaList
from settings.identity_providers import IdentityProvider, Role

SIGN_IN_SECRETS = {"NOLAPSE_SESSION_KEYS": "session_keys", "NOLAPSE_OIDC": "oidc"}

_PROVIDER_KEY = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OWN_WAYS = ("credentials", "email", "passkey")
_DAYS_MAX = 36_500


class SignInSettings(BaseSettings):
    """The variables ``NOLAPSE_SESSION_...``, ``NOLAPSE_SECOND_FACTOR_ROLES`` and ``NOLAPSE_OIDC``."""

    session_idle_s: int = Field(8 * 3600, ge=60, le=_DAYS_MAX * 86400)
    """After how long without a request a session ends."""
    session_max_s: int = Field(7 * 86400, ge=60, le=_DAYS_MAX * 86400)
    """After how long a session ends in any case."""

    session_strategy: Literal["database", "jwt"] = "database"
    """Where a session is kept: as a row, or encrypted in its cookie."""
    session_keys: SecretStr | None = None
    """Of the strategy jwt: ``name:key,...``, each key 32 bytes in base64url; the first encrypts, all decrypt."""
    second_factor_roles: CommaList[Role] = ()
    """Roles whose people must have a second factor, comma-separated; others may."""

    oidc: Annotated[dict[str, IdentityProvider], NoDecode] = Field({}, validate_default=False)
    """Who else signs people in, as JSON: {"google": {"client_id": ..., "client_secret": ...}}."""

    @field_validator("session_keys")
    @classmethod
    def _session_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            named_keys.parsed(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _strategy_has_keys(self) -> "SignInSettings":
        if self.session_strategy == "jwt" and self.session_keys is None:
            raise ValueError("NOLAPSE_SESSION_KEYS is missing: NOLAPSE_SESSION_STRATEGY=jwt needs at least one key")
        return self

    @field_validator("oidc", mode="before")
    @classmethod
    def _oidc(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            given = json_objects.parse(value)
        except ValueError:
            raise ValueError("must be a JSON object of providers") from None
        if odd := [key for key in given if not _PROVIDER_KEY.fullmatch(key) or key in _OWN_WAYS]:
            raise ValueError(f"{odd[0]!r} is no short name of a provider: small letters, digits, hyphens")
        return {key: identity_providers.with_preset(key, one) for key, one in given.items()}

    def require_safe_issuers(self, environment: str) -> None:
        """Raise ``ValueError`` where production would trust an identity provider over a connection without TLS."""
        plain = [key for key, one in self.oidc.items() if not one.issuer.startswith("https://")]
        if plain and environment == "production":
            raise ValueError(f"NOLAPSE_OIDC: the issuer of {plain[0]!r} must be https:// in production")

    def sign_in_secrets(self) -> tuple[str, ...]:
        """Return what no log may show: the keys, as one text and each by itself, and our secrets at providers."""
        keys = named_keys.secrets(self.session_keys)
        return (*keys, *(one.client_secret.get_secret_value() for one in self.oidc.values()))
