"""A sender's logo: which images can be printed, and which can be part of a mail."""

import base64
import binascii
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Final

LARGEST_IN_MAIL: Final = 100_000
"""The most bytes of an image in a mail: each mail carries them."""

CONTENT_ID: Final = "logo@nolapse"
"""The name by which a letter's HTML refers to the part that holds the logo (RFC 2392)."""

DATA_URL: Final = r"^data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]+$"

_BEGINS: Final = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}

_DRAWN = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)")
"""Few mail programs draw SVG."""


@dataclass(frozen=True, slots=True)
class Logo:
    """An image. ``subtype`` is the second half of its content type: image/png."""

    subtype: str
    image: bytes


def in_mail(data_url: str | None) -> Logo | None:
    """Return a sender's logo for a mail; None where there is none, or none that a mail should carry."""
    found = _DRAWN.fullmatch(data_url or "")
    if found is None:
        return None
    image = base64.b64decode(found[2])
    return Logo(found[1], image) if len(image) <= LARGEST_IN_MAIL else None


def image(data_url: str) -> bytes:
    """Return the image of a data URL: PNG, JPEG or SVG. Raises ``ValueError``, saying why it cannot be drawn."""
    found = re.fullmatch(DATA_URL, data_url)
    if found is None:
        raise ValueError("is a PNG, JPEG or SVG as data:image/...;base64,...")
    try:
        read = base64.b64decode(data_url.partition(",")[2], validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    if found[1] == "svg+xml":
        _require_svg(read)
    elif not read.startswith(_BEGINS[found[1]]):
        raise ValueError(f"does not hold a {found[1].upper()} image")
    return read


def _require_svg(read: bytes) -> None:
    """Raise ValueError for an SVG that cannot be drawn by itself: it has entities, or links to pictures."""
    try:
        text = read.decode()
        if "<!ENTITY" in text:
            raise ValueError("has entities, which are not read")
        root = ET.fromstring(text)  # noqa: S314 - without entities
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise ValueError(f"does not hold a SVG image: {error}") from None
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError("does not hold a SVG image")
    pictures = (one for one in root.iter() if str(one.tag).endswith("}image"))
    if any(name.endswith("href") and not to.startswith("data:") for one in pictures for name, to in one.items()):
        raise ValueError("links to a picture; it has to hold it")
