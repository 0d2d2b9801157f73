"""Settings of documents: what is taken in from outside, how they are handed out, and how long they stay.

Without the virus scanner nothing is taken in.
"""

from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from rules.documents.clamd_address import ClamdAddress

_MIB = 1024 * 1024


class DocumentSettings(BaseSettings):
    """The variables ``NOLAPSE_CLAMD_...``, ``NOLAPSE_UPLOAD_...`` and those of links and retention."""

    clamd_url: str | None = None
    """ClamAV's daemon: ``tcp://host:3310`` or ``unix:///run/clamav/clamd.ctl``."""
    clamd_deadline_s: float = Field(120, gt=0, le=600)
    """What the scan of one file may take."""
    clamd_signatures_days: int = Field(7, ge=0, le=365)
    """How old the scanner's signatures may be; they are published every day. 0: as old as they are."""
    upload_max_bytes: int = Field(25 * _MIB, ge=1024, le=2048 * _MIB)
    """Of one file; clamd's StreamMaxLength, MaxFileSize and MaxScanSize must not be below."""
    upload_active_content: Literal["refuse", "quarantine"] = "refuse"
    """What becomes of files that do something when they are opened: web pages, SVG, macros, scripts in PDFs."""
    upload_rescan_days: int = Field(14, ge=0, le=365)
    """Files that are no older are scanned again when the scanner's signatures have changed."""

    download_link_s: int = Field(15 * 60, ge=10, le=15 * 60)
    """How long a link holds by which staff download a document."""
    client_link_days: int = Field(30, ge=1, le=365)
    """How long a link holds that a client gets by mail."""
    document_grace_days: int = Field(30, ge=0, le=3650)
    """How long the bytes of a deleted document stay."""
    keep_invoices_years: int = Field(10, ge=0, le=100)
    """How long an invoice's documents are kept at least, from the day of the invoice."""

    @field_validator("clamd_url")
    @classmethod
    def _clamd(cls, value: str | None) -> str | None:
        if value is not None:
            ClamdAddress.parse(value)
        return value

    @property
    def takes_uploads(self) -> bool:
        """Whether uploads are taken: only where a scanner is set, because an unscanned file may not be opened."""
        return self.clamd_url is not None

    @property
    def clamd_address(self) -> ClamdAddress | None:
        """The scanner's address; None where there is none."""
        return ClamdAddress.parse(self.clamd_url) if self.clamd_url else None
