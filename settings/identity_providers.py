"""Identity providers: OpenID Connect issuers, and GitHub, as NOLAPSE_OIDC names them."""

from typing import Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator

from rules.names import server_addresses

GITHUB = "https://github.com"
Role = Literal["viewer", "billing", "operator", "admin", "owner"]

_PRESETS = {
    "google": ("Google", "https://accounts.google.com"),
    "microsoft": ("Microsoft", "https://login.microsoftonline.com/{tenant}/v2.0"),
    "github": ("GitHub", GITHUB),
}


class IdentityProvider(BaseModel, extra="forbid", frozen=True):
    """An identity provider. ``google``, ``microsoft`` and ``github`` have presets of name and issuer."""

    name: str = Field("", max_length=40)
    issuer: str = Field("", max_length=500)
    tenant: str | None = Field(None, pattern=r"^[A-Za-z0-9.-]{1,100}$")
    """Of Microsoft: the directory whose people may come in."""

    client_id: str = Field(min_length=1, max_length=300)
    client_secret: SecretStr
    domain: str | None = Field(None, pattern=r"^[a-z0-9.-]+\.[a-z0-9-]+$")
    """Whoever has a verified mail address of this domain may come in, with ``role``; else only who was invited."""

    role: Role = "viewer"

    @model_validator(mode="after")
    def _issuer(self) -> "IdentityProvider":
        parts = urlsplit(self.issuer)
        if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("issuer must be an https:// address without a query")
        server_addresses.require_web(self.issuer)
        return self

    @property
    def is_github(self) -> bool:
        """Whether it is GitHub, which speaks only OAuth, without ID tokens."""
        return self.issuer == GITHUB


def with_preset(key: str, given: object) -> object:
    """Return a provider's settings, completed with the name and the issuer of its preset. Raises ``ValueError``."""
    if key not in _PRESETS or not isinstance(given, dict):
        return given
    said = cast("dict[str, object]", given)
    name, issuer = _PRESETS[key]
    if "{tenant}" in issuer and not said.get("tenant"):
        raise ValueError(f"{key}: tenant must name the directory whose people may come in")
    return {"name": name, "issuer": issuer.format(tenant=said.get("tenant")), **said}
