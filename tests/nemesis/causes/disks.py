"""Disks without room: Redis' own (F17), and the one of the home and of temporary files (F28)."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.nemesis.installation import Installation
from tests.support.disks import SmallDisk


def full(chosen: Callable[[Installation], SmallDisk | None]):
    """Return the fault that leaves no room on a disk."""

    @contextmanager
    def cause(target: Installation, _dice: random.Random) -> Iterator[None]:
        disk = chosen(target)
        if disk:
            disk.fill()
        yield
        if disk:
            disk.make_room()

    return cause
