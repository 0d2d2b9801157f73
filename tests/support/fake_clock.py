"""A clock that is wrong by as much as a test says, for processes that are started under Debian's libfaketime."""

from pathlib import Path

_LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
)


class FakeClock:
    """Set by a file that each process under it looks at whenever it asks for the time; the monotonic clock goes on."""

    def __init__(self, file: Path, library: str) -> None:
        self._file = file
        self._file.write_text("+0s")
        self._file.chmod(0o644)
        self.environment = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def be_wrong_by(self, seconds: float) -> None:
        """Be ahead, or with a negative number behind, by so much."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+g}s")
        fresh.chmod(0o644)
        fresh.replace(self._file)

    def be_right(self) -> None:
        """Show the machine's own time again."""
        self.be_wrong_by(0)


def fake_clock(file: Path) -> FakeClock | None:
    """Return a clock that is still right; None where libfaketime is not installed."""
    library = next((one for one in _LIBRARIES if Path(one).exists()), None)
    return FakeClock(file, library) if library else None
