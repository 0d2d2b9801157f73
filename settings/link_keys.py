"""Settings of signed links: the keys that sign them."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings

from settings import named_keys

LINK_SECRETS = {"NOLAPSE_LINK_KEYS": "link_keys"}


class LinkSettings(BaseSettings):
    """The variable ``NOLAPSE_LINK_KEYS``; see rules/access/signed_links.py."""

    link_keys: SecretStr | None = None
    """``name:key,...``, each key 32 bytes in base64url: the first signs, all are accepted. To change keys, put the new
    one before the old one, and take the old one out once its last link has expired."""

    @field_validator("link_keys")
    @classmethod
    def _link_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            named_keys.parsed(value.get_secret_value())
        return value

    def require_link_keys(self, environment: str) -> None:
        """Raise ``ValueError`` where production would sign links with a key that only this machine has."""
        if environment == "production" and self.link_keys is None:
            raise ValueError(
                "NOLAPSE_LINK_KEYS is missing: production signs links with keys of yours, such as name:key, the key"
                " 32 random bytes in base64url"
            )

    def link_secrets(self) -> tuple[str, ...]:
        """Return what no log may show."""
        return named_keys.secrets(self.link_keys)


def keys(given: SecretStr | None, home: Path) -> Mapping[str, bytes]:
    """Return the keys that sign links, the newest first: those given, or one that this machine keeps in ``home``.

    The kept one is made at its first use and readable by its owner alone. Production refuses to start with it, because
    a second machine would not have it. Raises ``OSError`` where it cannot be stored.
    """
    if given is not None:
        return named_keys.parsed(given.get_secret_value())
    return {"kept": _key_in_file(home / "link.key")}


def _key_in_file(path: Path) -> bytes:
    """Return the key in a file. The first process creates the file, which appears complete."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(named_keys.KEY_BYTES))
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)
    return path.read_bytes()
