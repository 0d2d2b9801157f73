"""The page behind a client's link: in each language of the letters, with nothing left to fill in."""

from datetime import date

import pytest

from rules import languages
from wording.clients import handed_out


@pytest.mark.parametrize("language", languages.NAMES)
def test_each_language_of_the_letters_says_who_how_large_and_until_when(language: str) -> None:
    said = handed_out.words(language, size=1_572_864, sender="Agency", until=date(2026, 12, 24))
    assert "Agency" in said["about"]
    assert "MiB" in said["about"]
    assert "2026" in said["holds"]
    assert "{" not in "".join(said.values())


def test_no_two_languages_say_the_same() -> None:
    pages = [handed_out.words(one, size=1, sender="A", until=date(2026, 1, 2))["holds"] for one in languages.NAMES]
    assert len(set(pages)) == len(languages.NAMES)


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0,1 KiB"), (1024, "1 KiB"), (50 * 1024, "50 KiB"), (5 * 1024**3, "5 GiB")]
)
def test_sizes_are_as_the_language_writes_them(size: int, said: str) -> None:
    assert handed_out.words("de", size=size, sender="A", until=date(2026, 1, 2))["about"].startswith(f"{said},")
