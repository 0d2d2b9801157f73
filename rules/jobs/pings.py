"""What the world outside is told of a schedule: that it began, and how it ended, each once (https://healthchecks.io)."""

from enum import StrEnum


class PingWord(StrEnum):
    """What is told."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


def due(*, ended: bool, bad: bool, told: PingWord | None) -> PingWord | None:
    """Return what is to be told of a firing, of which ``told`` was told last; None where nothing is.

    What began and ended between two looks is told as ended alone. What is retried after it failed, and ends well, is
    told again.
    """
    now = PingWord.START if not ended else PingWord.FAIL if bad else PingWord.SUCCESS
    return None if now is told else now


def suffix(word: PingWord) -> str:
    """Return what follows the address."""
    return "" if word is PingWord.SUCCESS else f"/{word}"
