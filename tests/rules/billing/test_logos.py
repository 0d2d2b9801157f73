"""Which logos mails carry: pictures that mail programs draw, and small ones."""

import base64

import pytest

from rules.billing import logos
from rules.billing.logos import LARGEST_IN_MAIL, Logo


def written(kind: str, image: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_small_picture_goes_into_a_mail(kind: str) -> None:
    assert logos.in_mail(written(kind, b"x" * LARGEST_IN_MAIL)) == Logo(kind, b"x" * LARGEST_IN_MAIL)


@pytest.mark.parametrize(
    "logo", [None, "", written("svg+xml", b"<svg/>"), written("png", b"x" * (LARGEST_IN_MAIL + 1)), "https://a.test/x"]
)
def test_what_mails_should_not_carry_is_left_out(logo: str | None) -> None:
    assert logos.in_mail(logo) is None
