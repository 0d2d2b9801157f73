"""What a client reads where a link leads nowhere: in each language of the letters, each reason its own words."""

import pytest

from rules import languages
from wording.clients.refused_links import DeadEnd, words


@pytest.mark.parametrize("language", languages.NAMES)
def test_each_language_has_its_own_words_for_each_reason(language: str) -> None:
    said = {words(language, end) for end in DeadEnd}
    assert len({title for title, _ in said}) == len(DeadEnd)
    assert all(title and advice.endswith(".") for title, advice in said)
    others = {words(other, end) for end in DeadEnd for other in languages.NAMES if other != language}
    assert said.isdisjoint(others)
