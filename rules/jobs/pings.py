"""Pings: which service outside is told that a schedule began, and how it ended, each once (https://healthchecks.io)."""

from enum import StrEnum


class PingWord(StrEnum):
    """What a ping says."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


def due(*, ended: bool, bad: bool, told: PingWord | None) -> PingWord | None:
    """Return the next ping of a firing, after the ping ``told``; None where there is none.

    A firing that began and ended between two looks gets only the ping of its end. One that failed, is retried and ends
    well gets another.
    """
    now = PingWord.START if not ended else PingWord.FAIL if bad else PingWord.SUCCESS
    return None if now is told else now


def suffix(word: PingWord) -> str:
    """Return what is appended to the service's address for a ping."""
    return "" if word is PingWord.SUCCESS else f"/{word}"
