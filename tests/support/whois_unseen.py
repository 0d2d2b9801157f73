"""Answers in the manner of servers that the recorded ones are not of, each with what it says: data/whois_unseen.txt."""

from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parents[1] / "rules" / "data" / "whois_unseen.txt"


class Unseen(NamedTuple):
    """An answer and what it says: its class, and fields by their names, days in ISO 8601, hosts between commas."""

    domain: str
    answer: str
    said: dict[str, str]
    text: str


def cases() -> list[Unseen]:
    found: list[Unseen] = []
    for block in FILE.read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, text = block.partition("\n")
        answer, domain, *said = head.split()
        found.append(Unseen(domain, answer, dict(each.split("=", 1) for each in said), text))
    return found
