"""The ways of one process to PostgreSQL or to Redis: cut, slow, one-way, half open, silent (F22)."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.nemesis.installation import MODULES, Installation
from tests.support.proxy import BOTH, Proxy, Way

Act = Callable[[Proxy], None]


def _cut(proxy: Proxy) -> None:
    proxy.cut(refuse=True)


def _delay(proxy: Proxy) -> None:
    proxy.delay(0.2)


def _lose_answers(proxy: Proxy) -> None:
    proxy.hold(Way.TO_CLIENT)


def _lose_questions(proxy: Proxy) -> None:
    proxy.hold(Way.TO_SERVER)


def _lose_all(proxy: Proxy) -> None:
    proxy.hold(*BOTH)


ACTS: dict[str, Act] = {
    "cut": _cut,
    "slow": _delay,
    "answers lost": _lose_answers,
    "questions lost": _lose_questions,
    "black hole": _lose_all,
    "half open": Proxy.half_open,
    "silent for good": Proxy.hush,
}


def trouble(act: Act, ways: Callable[[Installation], dict[str, Proxy]]):
    """Return the fault that does this to the ways of one or two roles."""

    @contextmanager
    def cause(target: Installation, dice: random.Random) -> Iterator[None]:
        proxies = [ways(target)[role] for role in dice.sample(sorted(MODULES), dice.choice((1, 2)))]
        for one in proxies:
            act(one)
        yield
        for one in proxies:
            one.heal()

    return cause
