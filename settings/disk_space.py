"""The free space on the disks where this machine stores its files."""

import shutil
from dataclasses import dataclass
from pathlib import Path

LITTLE_BYTES = 500_000_000
NONE_BYTES = 50_000_000
"""Below this many bytes nothing can be stored safely: the backlog of a minute may fill the disk."""


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """A folder of ours, and the free bytes on its disk."""

    folder: Path
    free: int

    @property
    def is_little(self) -> bool:
        return self.free < LITTLE_BYTES

    @property
    def is_none(self) -> bool:
        return self.free < NONE_BYTES


def of(*folders: Path) -> list[DiskSpace]:
    """Return the space of each folder; of several on one disk only the first, and none that does not exist."""
    found: dict[int, DiskSpace] = {}
    for folder in folders:
        try:
            found.setdefault(folder.stat().st_dev, DiskSpace(folder, shutil.disk_usage(folder).free))
        except OSError:
            continue
    return list(found.values())
