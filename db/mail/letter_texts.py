"""What staff say in a letter in place of our own words: a row for each part that differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db import connection


@dataclass(frozen=True, slots=True)
class LetterText:
    """A part of a letter in the staff's own words, and who wrote it when."""

    letter: str
    language: str
    part: str
    source: str
    changed_by: str
    changed_at: datetime


_TEXT = "SELECT letter, language, part, source, changed_by, changed_at FROM letter_text"


def find(letter: str, language: str) -> dict[str, str]:
    """Return the parts of a letter that staff have put into words of their own: source by part."""
    found = connection.execute(
        "SELECT part, source FROM letter_text WHERE letter = %s AND language = %s", letter, language
    )
    return dict(found)


def listed() -> list[LetterText]:
    """Return all such parts, by letter and language."""
    return connection.rows(LetterText, f"{_TEXT} ORDER BY letter, language, part")


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
