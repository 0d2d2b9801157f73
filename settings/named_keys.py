"""Keys by their names, as settings write them: ``2026-11:BASE64URL,2026-05:BASE64URL``, the newest first."""

import base64
import re

from pydantic import SecretStr

KEY_BYTES = 32
_ENTRY = re.compile(r"([A-Za-z0-9._-]{1,32}):([A-Za-z0-9_-]{43}=?)")


def parsed(text: str) -> dict[str, bytes]:
    """Return the keys by their names, in order. Raises ``ValueError`` without repeating a key."""
    found: dict[str, bytes] = {}
    for number, entry in enumerate(part.strip() for part in text.split(",") if part.strip()):
        match = _ENTRY.fullmatch(entry)
        if match is None or match[1] in found:
            raise ValueError(f"entry {number + 1} must be name:key, the name new, the key 32 bytes in base64url")
        found[match[1]] = base64.urlsafe_b64decode(match[2].rstrip("=") + "=")
    if not found:
        raise ValueError("must hold at least one name:key")
    return found


def secrets(given: SecretStr | None) -> tuple[str, ...]:
    """Return what no log may show: the keys as one text, and each by itself."""
    text = given.get_secret_value() if given else ""
    return tuple(filter(None, (text, *(part.partition(":")[2].strip() for part in text.split(",")))))
