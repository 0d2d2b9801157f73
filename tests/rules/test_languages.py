"""Which language somebody is written to in."""

import pytest

from rules.languages import accepted, negotiate, of_visitor


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("de", "de"), ("DE", "de"), ("de-AT", "de"), ("de_CH", "de"), ("de-Latn-AT-x-agency", "de"),
        ("pt-br", "pt-BR"), ("pt-PT", "en"), ("pt-BR-u-nu-latn", "pt-BR"),
        ("fr", "en"), ("", "en"), ("deutsch", "en"), ("x-de", "en"),
    ],
)  # fmt: skip
def test_a_tag_is_served_by_the_longest_beginning_of_it_that_there_is(wanted: str, language: str) -> None:
    assert negotiate(wanted, ("en", "de", "pt-BR")) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("ja, fr;q=0.5, pl;q=0.7", "pl"), ("fr;q=0, de;q=0.1", "de"),
        ("en;q=0.2,nl", "nl"), ("fr; Q = 0.9, it;q=1.000", "it"), ("*", "en"), ("", "en"), ("ja", "en"),
        ("de;q=nonsense, it;q=0.1", "it"), (";;;,,q=1", "en"), (f"{'ja,' * 50}de", "en"), ("de\x00", "en"),
    ],
)  # fmt: skip
def test_a_browser_is_spoken_to_in_what_it_likes_best(header: str, language: str) -> None:
    assert accepted(header, ("en", "de", "fr", "it", "nl", "pl")) == language


def test_what_is_known_of_a_visitor_counts_before_what_the_browser_says() -> None:
    assert of_visitor("pl", "de") == "pl"
    assert of_visitor("", "de-CH, fr") == "de"
    assert of_visitor("ja", "de") == "en"
