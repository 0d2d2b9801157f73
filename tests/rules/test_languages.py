"""Which language somebody is written to in."""

import pytest

from rules.languages import negotiate


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        *(("de", "de"), ("DE", "de"), ("de-AT", "de"), ("de_CH", "de"), ("de-Latn-AT-x-agency", "de")),
        *(("pt-br", "pt-BR"), ("pt-PT", "en"), ("pt-BR-u-nu-latn", "pt-BR")),
        *(("fr", "en"), ("", "en"), ("deutsch", "en"), ("x-de", "en")),
    ],
)
def test_a_tag_is_served_by_the_longest_beginning_of_it_that_there_is(wanted: str, language: str) -> None:
    assert negotiate(wanted, ("en", "de", "pt-BR")) == language
