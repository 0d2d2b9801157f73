"""Messages that came back, with what each is: ``=== name | kind | recipient | status``, then the message."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "rules" / "data" / "bounces"


@dataclass(frozen=True, slots=True)
class BounceSample:
    """A message and what is right to say of it; empty where nothing is to be said."""

    name: str
    kind: str
    recipient: str
    status: str
    message: bytes


def samples(file: str) -> list[BounceSample]:
    """Return the samples of a file."""
    found: list[BounceSample] = []
    for one in ("\n" + (FOLDER / file).read_text(encoding="utf-8")).split("\n=== ")[1:]:
        head, _, message = one.partition("\n")
        name, kind, recipient, status = (part.strip() for part in head.split("|"))
        found.append(BounceSample(name, kind, recipient, status, message.encode()))
    return found
