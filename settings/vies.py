"""VIES: where it is asked whether VAT-IDs are registered. Without an address it is not asked."""

from pydantic import Field
from pydantic_settings import BaseSettings


class ViesSettings(BaseSettings):
    """The variables ``NOLAPSE_VIES_...``."""

    vies_url: str = Field("", pattern=r"^(https?://[^?#@\s]+[^?#@\s/])?$")
    """The Commission's is https://ec.europa.eu/taxation_customs/vies/rest-api"""

    def require_vies_privacy(self, environment: str) -> None:
        """Raise ``ValueError`` where whom we sell to would be told to everybody on the way."""
        if environment == "production" and self.vies_url.startswith("http://"):
            raise ValueError("NOLAPSE_VIES_URL must be https:// in production")
