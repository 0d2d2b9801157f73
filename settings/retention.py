"""Settings of retention: for how many days old rows are kept."""

from pydantic import Field
from pydantic_settings import BaseSettings

_DAYS_MAX = 36_500


class RetentionSettings(BaseSettings):
    """The variables ``NOLAPSE_KEEP_..._DAYS``."""

    keep_jobs_days: int = Field(30, ge=1, le=_DAYS_MAX)
    """How long ended jobs, closed runs and settled effects are kept."""
    keep_answers_days: int = Field(90, ge=1, le=_DAYS_MAX)
    """How long the raw texts of registries are kept; what they said stays."""
    keep_scans_days: int = Field(365, ge=1, le=_DAYS_MAX)
    """How long scans are kept; what they found and changed stays."""
    keep_measurements_days: int = Field(30, ge=1, le=_DAYS_MAX)
    """How long calls of outside services are kept by minute."""
    keep_sandbox_mail_days: int = Field(1, ge=1, le=_DAYS_MAX)
    """How long the mails are kept that the demo's relay took."""
