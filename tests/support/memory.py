"""How much memory a piece of work takes at its peak."""

import gc
import re
from collections.abc import Callable
from pathlib import Path

import pytest

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


def peak_growth(work: Callable[[], object]) -> int:
    """Return by how many bytes this process' resident memory grew at the peak of ``work``, done once before to warm up.

    Skips the test where there is no such thing as ``VmHWM``.
    """
    if not _RESET.exists():
        pytest.skip(f"{_RESET} (Linux) is needed to measure a peak of memory")
    work()
    gc.collect()
    _RESET.write_text("5")  # sets the peak back to what is used now
    before = _kilobytes("VmRSS")
    work()
    return (_kilobytes("VmHWM") - before) * 1024


def _kilobytes(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    assert found, f"no {name} in {_STATUS}"
    return int(found[1])
