"""Settings of documents: how long links hold, and how long what was deleted or must be kept stays."""

from pydantic import Field
from pydantic_settings import BaseSettings


class DocumentSettings(BaseSettings):
    """How documents are handed out and taken away."""

    download_link_s: int = Field(15 * 60, ge=10, le=15 * 60)
    """How long a link holds by which staff download a document."""
    client_link_days: int = Field(30, ge=1, le=365)
    """How long a link holds that a client gets by mail."""
    document_grace_days: int = Field(30, ge=0, le=3650)
    """How long the bytes of a deleted document stay."""
    keep_invoices_years: int = Field(10, ge=0, le=100)
    """How long an invoice's documents are kept at least, from the day of the invoice."""
