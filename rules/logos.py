"""A sender's logo as mails can show it: inside of them, small, and of a kind that mail programs draw."""

import base64
import re
from dataclasses import dataclass
from typing import Final

LARGEST_IN_MAIL: Final = 100_000
"""Bytes of the image: each mail carries them."""

CONTENT_ID: Final = "logo@nolapse"
"""What a letter's HTML calls the part that holds the logo (RFC 2392)."""

_DRAWN = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)")
"""Few mail programs draw SVG."""


@dataclass(frozen=True, slots=True)
class Logo:
    """An image. ``subtype`` is that of its content type: image/png."""

    subtype: str
    image: bytes


def in_mail(data_url: str | None) -> Logo | None:
    """Return a logo, as senders have it, for a mail; None where there is none that a mail should carry."""
    found = _DRAWN.fullmatch(data_url or "")
    if found is None:
        return None
    image = base64.b64decode(found[2])
    return Logo(found[1], image) if len(image) <= LARGEST_IN_MAIL else None
