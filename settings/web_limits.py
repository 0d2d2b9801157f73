"""How often the web process may be asked. Each has a floor, below which people would be kept from their work."""

from pydantic import Field
from pydantic_settings import BaseSettings


class WebLimitSettings(BaseSettings):
    """The variables ``NOLAPSE_REQUESTS_...`` and ``NOLAPSE_STREAMS_...``; requests are counted a minute."""

    requests_per_token: int = Field(600, ge=60, le=10_000_000)
    """Of one API token; ten seconds' worth may come at once."""
    requests_per_session: int = Field(600, ge=120, le=10_000_000)
    """Of one person's session."""
    requests_per_network: int = Field(300, ge=60, le=10_000_000)
    """Of those who are not signed in."""
    streams_per_session: int = Field(4, ge=1, le=200)
    """Live streams that one session may have open at once: one for each window."""
