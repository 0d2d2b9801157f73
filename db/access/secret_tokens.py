"""Secrets that are shown instead of a password: 256 random bits, of which a plain SHA-256 is kept and suffices."""

import hashlib
import secrets


def made() -> str:
    """Return 256 random bits as text for URLs and cookies."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
