"""The number of processor cores that the system and a container's limit leave to this process."""

import os
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
"""The limit of cgroup v2: microseconds in each period, or ``max``, and the period's length."""


def usable(limit: Path = _CGROUP_LIMIT) -> int:
    """Return the number of whole cores, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = limit.read_text(encoding="ascii").split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores
