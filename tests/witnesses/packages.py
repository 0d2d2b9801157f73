"""What the witnesses need on this machine: servers from Debian, which must not start by themselves, and sslyze."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = Path("var/witnesses")
"""What is kept from run to run: packages that were only fetched."""

SSLYZE = Path(".venv-sslyze/bin/python")
"""The Python that has sslyze and nothing of ours, whose versions it does not bear: `make witnesses` makes it."""

POLICY = Path("/usr/sbin/policy-rc.d")
FORBIDDEN = "#!/bin/sh\nexit 101\n"
"""A policy under which installing a package starts nothing (Debian's invoke-rc.d)."""

_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


class Missing(Exception):
    """Raised when something that is needed cannot be had; the message says what and why."""


def install(packages: Iterable[str]) -> None:
    """Install Debian packages without starting what they bring. Raises ``Missing``."""
    wanted = list(packages)
    with _nothing_starts():
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *wanted)


def fetch(package: str) -> Path:
    """Return the folder with a Debian package that is fetched and not installed. Raises ``Missing``."""
    KEPT.mkdir(parents=True, exist_ok=True)
    if not any(KEPT.glob(f"{package}_*.deb")):
        _apt("download", package, folder=KEPT)
    return KEPT.absolute()


def sslyze() -> Path:
    """Return the Python that has sslyze. Raises ``Missing``."""
    if not SSLYZE.exists():
        raise Missing(f"there is no {SSLYZE}: `make witnesses` makes it")
    return SSLYZE


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Forbid packages to start their services, and allow it again where it was allowed before."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(FORBIDDEN)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt(*arguments: str, folder: Path | None = None) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"only root of a Debian machine can: apt-get {' '.join(arguments)}")
    _done(["apt-get", *arguments], folder=folder)


def _done(command: list[str], folder: Path | None = None) -> None:
    environment = {**os.environ, **_QUIET}  # noqa: TID251 - a child inherits its environment; nothing is decided by it
    done = subprocess.run(
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Missing(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
