"""What goes wrong when: rounds of faults that overlap, each followed by a rest. A pure function of the seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_AT_ONCE = (1, 1, 2, 2, 3)
"""How many faults a round has, one of these."""
_APART_S = 1.5
_LENGTHS_S = (0.5, 1.0, 2.0, 4.0, 7.0)


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault of a round: when it begins, how long it stays, and the seed of what else is drawn for it."""

    kind: str
    after_s: float
    for_s: float
    seed: int

    @property
    def until_s(self) -> float:
        return self.after_s + self.for_s


@dataclass(frozen=True, slots=True)
class Round:
    """Faults that overlap; after the last one is healed, all has to recover."""

    number: int
    faults: tuple[PlannedFault, ...]


def rounds(seed: int, kinds: Sequence[str]) -> Iterator[Round]:
    """Plan without end. Each kind comes once before any comes again."""
    dice = random.Random(seed)
    cards = _cards(dice, kinds)
    number = 0
    while True:
        number += 1
        drawn = [next(cards) for _ in range(dice.choice(_AT_ONCE))]
        yield Round(number, tuple(_planned(dice, place, kind) for place, kind in enumerate(drawn)))


def _cards(dice: random.Random, kinds: Sequence[str]) -> Iterator[str]:
    while True:
        yield from dice.sample(kinds, len(kinds))


def _planned(dice: random.Random, place: int, kind: str) -> PlannedFault:
    after_s = round(place * dice.uniform(0, _APART_S), 2)
    return PlannedFault(kind, after_s, dice.choice(_LENGTHS_S), dice.randrange(2**32))
