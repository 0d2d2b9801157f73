"""VIES: where it is asked whether VAT-IDs are registered. Without an address it is not asked."""

from pydantic import field_validator
from pydantic_settings import BaseSettings

from rules.names import server_addresses


class ViesSettings(BaseSettings):
    """The variables ``NOLAPSE_VIES_...``."""

    vies_url: str = ""
    """The Commission's is https://ec.europa.eu/taxation_customs/vies/rest-api"""

    @field_validator("vies_url")
    @classmethod
    def _vies_address(cls, value: str) -> str:
        if value:
            parts = server_addresses.require_web(value)
            if not parts.path.strip("/") or value.endswith("/") or parts.query or parts.fragment:
                raise ValueError("must be https://, a host and a path, without a slash behind it")
        return value

    def require_vies_privacy(self, environment: str) -> None:
        """Raise ``ValueError`` where whom we sell to would be told to everybody on the way."""
        if environment == "production" and self.vies_url.startswith("http://"):
            raise ValueError("NOLAPSE_VIES_URL must be https:// in production")
