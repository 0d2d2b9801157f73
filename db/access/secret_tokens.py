"""Secrets that somebody shows instead of a password: 256 random bits, kept as SHA-256, which suffices for so many."""

import hashlib
import secrets


def made() -> str:
    """Return 256 random bits as text for URLs and cookies."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
