"""A filter is read as it was written, and what cannot be looked for is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lists import filter_text
from rules.lists.filter_text import BadFilter, FilterText, FilterToken

KEYS = st.from_regex(r"[a-z][a-z_-]{0,30}", fullmatch=True)
TEXTS = st.text(min_size=1, max_size=30).filter(lambda one: bool(one.strip()))


def test_tokens_and_words_are_told_apart() -> None:
    read = filter_text.read(
        'task:domains.check  State:dead client:"Mill Bakery" timeout "https://x" error:"a \\"b\\" \\\\"'
    )
    assert read.tokens == (
        FilterToken("task", "domains.check"),
        FilterToken("state", "dead"),
        FilterToken("client", "Mill Bakery"),
        FilterToken("error", 'a "b" \\'),
    )
    assert read.words == ("timeout", "https://x")
    assert read.value("state") == "dead"
    assert not read.value("queue")
    assert str(read.having("state", "").having("task", "mail.send")) == (
        'client:"Mill Bakery" error:"a \\"b\\" \\\\" task:mail.send timeout "https://x"'
    )
    assert filter_text.read("  ") == FilterText()


@given(st.dictionaries(KEYS, TEXTS, max_size=6), st.lists(TEXTS, max_size=6))
def test_what_is_written_is_read_again(tokens: dict[str, str], words: list[str]) -> None:
    meant = filter_text.of(tokens.items(), words)
    assert filter_text.read(str(meant)) == meant


@given(st.text(max_size=filter_text.LONGEST + 5))
def test_any_text_is_a_filter_or_is_refused_and_reading_it_again_changes_nothing(text: str) -> None:
    try:
        read = filter_text.read(text)
    except BadFilter as error:
        assert str(error)  # noqa: PT017 - only some texts are refused
    else:
        if len(str(read)) <= filter_text.LONGEST:  # quotes that were saved may have to be written
            assert filter_text.read(str(read)) == read


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("state:", "state: needs a value"),
        ('state:""', "state: needs a value"),
        ("state:dead STATE:done", "twice"),
        ('client:"Mill', "not closed"),
        ("a" * 501, "500 characters"),
        ("a " * 21, "20 parts"),
    ],
)
def test_what_cannot_be_looked_for_is_named(text: str, says: str) -> None:
    with pytest.raises(BadFilter, match=says):
        filter_text.read(text)
