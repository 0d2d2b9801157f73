"""Search for any part of a text by trigrams, as migration 0050 keeps them; a shorter text is found by its beginning.

PostgreSQL has a GIN index over an array of trigrams, made by a function of ours: the extension pg_trgm is missing on
many servers, and only their administrators may add it. SQLite has FTS5 tables, kept by triggers.
"""

from collections.abc import Callable
from typing import Final

from db import connection, listing, paging
from db.listing import Condition, ListFilter

SHORTEST: Final = 3
"""How many letters a word needs to be found in the middle of a text."""

ENDED_BADLY: Final = "state IN ('dead', 'failed', 'unknown')"
JOB_ARGUMENTS: Final = """REPLACE(REPLACE(SUBSTR(args, 1, 2000), '"', ''), ': ', '=')"""
JOB_WORDS: Final = (
    f"task || ' ' || COALESCE(key, '') || ' ' || {JOB_ARGUMENTS} || ' ' || SUBSTR(COALESCE(error, ''), 1, 2000)"
)
"""What is searched of a job, in the words of the index: its arguments as ``{domain_id=17, name=bakery.test}``."""

_FEW_WORDS: Final = 8
SAMPLE: Final = 2000
"""Rows that are looked at, to see whether a text is common."""
_OFTEN: Final = 100
"""A text is common if so many of these rows have it."""


def contains(table: str, *columns: str) -> ListFilter:
    """Return the filter for rows that have each of a text's words somewhere in these columns, in any case of letters.

    A text whose words are all short is the beginning of the first column.
    """
    expression = " || ' ' || ".join(f"{table}.{one}" for one in columns)

    def condition(text: str) -> Condition:
        if not is_indexed(text):
            return paging.prefix(f"{table}.{columns[0]}", text.strip())
        return _holds(table, expression, text.split()[:_FEW_WORDS])

    def plainly(text: str) -> Condition:
        if not is_indexed(text):
            return condition(text)
        parts = [_held_by_like(expression, word) for word in text.split()[:_FEW_WORDS]]
        return " AND ".join(f"({held})" for held, _ in parts), tuple(one for _, params in parts for one in params)

    return _searched(table, condition, plainly)


def ends(table: str, column: str, *, words: str) -> ListFilter:
    """Return the filter for rows whose text in this column ends with a dot and the value."""

    def condition(text: str) -> Condition:
        tried, given = plainly(text)
        if len(end := _suffix(text)) < SHORTEST:
            return tried, given
        held, params = _holds(table, f"{table}.{column}", [end])
        return f"{held} AND {tried}", (*params, *given)

    def plainly(text: str) -> Condition:
        return f"{table}.{column} LIKE %s ESCAPE '\\'", (f"%{literal(_suffix(text))}",)

    return _searched(table, condition, plainly, words)


def _searched(
    table: str, condition: Callable[[str], Condition], plainly: Callable[[str], Condition], words: str = ""
) -> ListFilter:
    """Return the filter of a text by an index of words, and by a look at each row where that is cheaper.

    A text that is common in a sample is not counted by the index: SQLite would gather all its rows, and PostgreSQL,
    which takes any text for rare, would look at every row for its letters.
    """

    def is_rare(text: str) -> bool:
        tried, given = plainly(text)
        sample = f"(SELECT * FROM {table} LIMIT {SAMPLE}) AS {table} WHERE {tried}"  # noqa: S608 - our own words
        ((often,),) = connection.execute(f"SELECT COUNT(*) FROM {sample}", *given)  # noqa: S608
        held, params = condition(text)
        return often < _OFTEN and listing.is_rare(f"{table} WHERE {held}", *params)

    return ListFilter(str, condition, words, narrows=True, is_rare=is_rare, plainly=plainly)


def _suffix(text: str) -> str:
    return f".{text.strip().lower().lstrip('.')}"


def says(expression: str) -> Callable[[str], Condition]:
    """Return the condition that an expression without an index has the value in it, in any case of letters."""

    def condition(text: str) -> Condition:
        words, params = _held_by_like(expression, text)
        return f"({words})", params

    return condition


def is_indexed(text: str) -> bool:
    """Return whether ``in_job`` finds a text: whether one of its words has three letters."""
    return any(len(word) >= SHORTEST for word in text.split()[:_FEW_WORDS])


def in_job(text: str) -> Condition:
    """Return the condition that a job which ended badly has each of a text's words in task, key, arguments or error.

    Raises ``ValueError`` where no word has three letters.
    """
    words = text.split()[:_FEW_WORDS]
    if not is_indexed(text):
        raise ValueError(f"no word of {text!r} has {SHORTEST} letters")
    held, params = _holds("job", JOB_WORDS, words)
    return f"{ENDED_BADLY} AND {held}", params


def _holds(table: str, expression: str, words: list[str]) -> Condition:
    if connection.dialect().name == "sqlite":
        return _held_by_fts(table, expression, words)
    parts = [_held_by_gin(expression, word) for word in words]
    return " AND ".join(held for held, _ in parts), tuple(one for _, params in parts for one in params)


def _held_by_fts(table: str, expression: str, words: list[str]) -> Condition:
    quoted = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words if len(word) >= SHORTEST)
    short = [f"%{literal(word.lower())}%" for word in words if len(word) < SHORTEST]
    held = f"{table}.id IN (SELECT rowid FROM {table}_text WHERE {table}_text MATCH %s)"  # noqa: S608 - our own
    return " AND ".join([held, *(f"LOWER({expression}) LIKE %s ESCAPE '\\'" for _ in short)]), (quoted, *short)


def _held_by_gin(expression: str, word: str) -> Condition:
    like, likes = _held_by_like(expression, word)
    if len(word) < SHORTEST:
        return f"({like})", likes
    ways = _ways(word)
    held = f"nolapse_trigrams({expression}) @> nolapse_trigrams(%s) AND {_LIKE.format(expression)}"
    params = tuple(one for way in ways for one in (way, f"%{literal(way)}%"))
    return f"({' OR '.join(held for _ in ways)})", params


_LIKE: Final = "LOWER({0}) LIKE LOWER(%s) ESCAPE '\\'"


def _held_by_like(expression: str, text: str) -> Condition:
    ways = _ways(text)
    return " OR ".join(_LIKE.format(expression) for _ in ways), tuple(f"%{literal(way)}%" for way in ways)


def _ways(text: str) -> list[str]:
    """Return a text in the cases of its letters: in the locale C, a server knows those of ASCII letters alone."""
    return list(dict.fromkeys([text] if text.isascii() else [text, text.lower(), text.upper(), text.capitalize()]))


def literal(word: str) -> str:
    r"""Return a word for LIKE, of which each character is meant as it stands; ``\`` escapes."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
