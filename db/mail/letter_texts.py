"""What staff say in a letter in place of our own words: a row for each part that differs."""

from collections.abc import Mapping

from db import connection


def find(letter: str, language: str) -> dict[str, str]:
    """Return the parts of a letter that staff have put into words of their own: source by part."""
    found = connection.execute(
        "SELECT part, source FROM letter_text WHERE letter = %s AND language = %s", letter, language
    )
    return dict(found)


def languages() -> dict[str, set[str]]:
    """Return in which languages staff have put a letter into words of their own, by letter."""
    found: dict[str, set[str]] = {}
    for letter, language in connection.execute("SELECT DISTINCT letter, language FROM letter_text"):
        found.setdefault(letter, set()).add(language)
    return found


def replace(letter: str, language: str, texts: Mapping[str, str], *, by: str) -> None:
    """Make ``texts`` (source by part) the staff's words of a letter; parts that are not among them are ours again."""
    with connection.transaction():
        connection.changed("DELETE FROM letter_text WHERE letter = %s AND language = %s", letter, language)
        for part, source in texts.items():
            connection.changed(
                "INSERT INTO letter_text (letter, language, part, source, changed_by, changed_at)"
                " VALUES (%s, %s, %s, %s, %s, {now})",
                letter,
                language,
                part,
                source,
                by,
            )
