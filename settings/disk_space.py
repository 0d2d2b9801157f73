"""How much room the disks have on which this machine keeps things."""

import shutil
from dataclasses import dataclass
from pathlib import Path

LITTLE_BYTES = 500_000_000
NONE_BYTES = 50_000_000
"""Below this much nothing more is safely kept: a backlog of a minute may be the end of it."""


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """A folder of ours, and how many bytes are free where it lies."""

    folder: Path
    free: int

    @property
    def is_little(self) -> bool:
        return self.free < LITTLE_BYTES

    @property
    def is_none(self) -> bool:
        return self.free < NONE_BYTES


def of(*folders: Path) -> list[DiskSpace]:
    """Look at each folder; of several on one disk at the first one, and at none that is not there."""
    found: dict[int, DiskSpace] = {}
    for folder in folders:
        try:
            found.setdefault(folder.stat().st_dev, DiskSpace(folder, shutil.disk_usage(folder).free))
        except OSError:
            continue
    return list(found.values())
