"""The keys of a list's filter: their names, the meaning of their values, and the values to offer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.portfolio import clients
from db.portfolio.clients import Client
from db.text_search import SHORTEST
from rules.access import Within
from rules.lists import filter_values as values
from rules.lists.filter_text import BadFilter, FilterText
from rules.lists.filter_values import Reader, Side

MOST_VALUES = 12
"""Values that are offered at once, at the most."""

LOOKED_THROUGH = 200
"""Rows of a list that are searched for values to offer, where these values have no list of their own."""


def _none(_begun: str, _within: Within) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKey:
    """A key of a filter. ``read`` reads a value, ``filters`` turns it into filters of the listing.

    ``values`` returns the values to offer for a typed beginning, within a limit to clients. ``about`` is a message that
    explains the key, ``example`` a value of it.
    """

    name: str
    about: str
    example: str
    read: Reader
    filters: Callable[[Any, Within], Mapping[str, Any]]
    values: Callable[[str, Within], Sequence[str]] = _none


def plain(
    name: str, about: str, example: str, read: Reader = values.text, *, values: Callable[[], Iterable[str]] = tuple
) -> ListKey:
    """Return a key whose value goes to the listing's filter of the same name."""
    return ListKey(
        name=name,
        about=about,
        example=example,
        read=read,
        filters=lambda value, _within: {name: value},
        values=lambda begun, _within: beginning(sorted(values()), begun),
    )


def choice(name: str, about: str, words: Iterable[str], kind: Callable[[str], Any] = str) -> ListKey:
    """Return a key that takes one of ``words``; ``kind`` converts the chosen word for the filter."""
    known = tuple(words)
    return ListKey(
        name=name,
        about=about,
        example=known[0],
        read=values.one_of(known),
        filters=lambda value, _within: {name: kind(value)},
        values=lambda begun, _within: beginning(known, begun),
    )


def flag(name: str, about: str, *, filter: str = "") -> ListKey:  # noqa: A002 - as lists call it
    """Return a key that takes yes or no; ``filter`` is the listing's filter if it has another name."""
    return ListKey(
        name=name,
        about=about,
        example="yes",
        read=values.yes_or_no,
        filters=lambda value, _within: {filter or name: value},
        values=lambda begun, _within: beginning(("yes", "no"), begun),
    )


def moment(name: str, about: str) -> ListKey:
    """Return a key that takes a time span back from now, or a day."""
    return ListKey(
        name=name,
        about=about,
        example="1h",
        read=values.since,
        filters=lambda value, _within: {name: value},
        values=lambda begun, _within: beginning(("1h", "6h", "1d", "1w", "4w"), begun),
    )


def ends(about: str, **besides: Any) -> ListKey:
    """Return the key ``ends``, which takes a side of a moment, such as <30d; ``besides`` are filters to add."""

    def filters(value: Side, _within: Within) -> Mapping[str, Any]:
        return {**besides, ("until" if value.before else "since"): value.at}

    return ListKey(
        name="ends",
        about=about,
        example="<30d",
        read=values.side,
        filters=filters,
        values=lambda begun, _within: beginning(("<0d", "<7d", "<14d", "<30d", "<60d", ">60d"), begun),
    )


def _client(name: str, within: Within) -> Mapping[str, Any]:
    found = clients.called(name, within=within)
    if found is None:
        raise BadFilter("no client is called {name}; write the whole name, or the number", name=values.named(name))
    return {"client": found.id}


def _clients(begun: str, within: Within) -> Sequence[str]:
    """Return names of clients that contain the text; for a short text, those that begin with it, capital or not."""
    typed = begun.strip()
    texts = (typed, typed.capitalize()) if len(typed) < SHORTEST else (typed,)
    found = [one.name for text in dict.fromkeys(texts) for one in _clients_with(text, within)]
    return found[:MOST_VALUES]


def _clients_with(text: str, within: Within) -> Sequence[Client]:
    asked: dict[str, Any] = {"containing": text} if text else {}
    return clients.LIST.page("name", within=within, size=MOST_VALUES, **asked).rows


CLIENT = ListKey(
    name="client",
    about="whose it is, by name or number",
    example="Bakery",
    read=values.text,
    filters=_client,
    values=_clients,
)


def beginning(words: Iterable[str], begun: str) -> Sequence[str]:
    known, typed = list(words), begun.lower()
    first = [one for one in known if one.lower().startswith(typed)]
    return [*first, *(one for one in known if typed in one.lower() and one not in first)][:MOST_VALUES]


def filters(
    keys: Sequence[ListKey], words: str, written: FilterText, *, now: datetime, within: Within
) -> dict[str, Any]:
    """Return a listing's filters; free words go to the filter that ``words`` names, if any. Raises ``BadFilter``."""
    named = {one.name: one for one in keys}
    found: dict[str, Any] = {}
    for token in written.tokens:
        key = named.get(token.key)
        if key is None:
            raise _unknown(token.key, named)
        try:
            found |= key.filters(key.read(token.value, now), within)
        except BadFilter as error:
            raise BadFilter(error.message, at=token.key, **error.values) from None
    if written.words and not words:
        raise BadFilter(
            "{word} needs a key before it, such as {key}:", word=values.named(written.words[0]), key=keys[0].name
        )
    if written.words:
        found[words] = values.text(" ".join(written.words), now)
    return found


def _unknown(key: str, known: Iterable[str]) -> BadFilter:
    words = list(known)
    if near := values.nearest(key, words):
        return BadFilter("is nothing that this list knows; did you mean {near}?", at=key, near=near)
    return BadFilter("is nothing that this list knows; there are {known}", at=key, known=values.listed(words))
