"""ClamAV from Debian, with a signature that holds EICAR's test file alone: no list of signatures is on this machine.

It is put the files that our inspection passes, good ones and infected ones, and is asked whether it is fit.
"""

import io
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integrations.clamd import Clamd, ScannerUnfit
from integrations.errors import Unavailable
from rules.documents.clamd_address import ClamdAddress
from tests.support.bad_files import INFECTED
from tests.support.eventually import eventually
from tests.support.files import EICAR
from tests.support.good_files import GOOD
from tests.witnesses import packages

_CLAMD = Path("/usr/sbin/clamd")
_MIB = 1024 * 1024
_LARGEST = 30
_SIGNATURE = "Eicar-Test-Signature"


def failures(folder: Path) -> list[str]:
    """Return what clamd sees differently from what we say of it, each in a sentence."""
    try:
        if not _CLAMD.exists():
            packages.install(["clamav-daemon"])
        with _running(folder) as clamd:
            return [*_answers(clamd), *_fitness(clamd)]
    except packages.Missing as error:
        return [f"ClamAV could not be had: {error}"]


def _answers(clamd: Clamd) -> Iterator[str]:
    for where, (_, make) in INFECTED.items():
        if not clamd.scan(io.BytesIO(make())).signature.startswith(_SIGNATURE):
            yield f"ClamAV does not find EICAR {where}"
    for title, good in GOOD.items():
        if found := clamd.scan(io.BytesIO(good.make())).signature:
            yield f"ClamAV finds {found} in {title}"


def _fitness(clamd: Clamd) -> Iterator[str]:
    try:
        clamd.require_fitness((_LARGEST - 1) * _MIB)
    except ScannerUnfit as error:
        yield f"ClamAV is called unfit for files below its limits: {error}"
    try:
        clamd.require_fitness((_LARGEST + 1) * _MIB)
    except ScannerUnfit:
        return
    yield "ClamAV is called fit for files beyond its limits"


@contextmanager
def _running(folder: Path) -> Iterator[Clamd]:
    """Start clamd on a socket in ``folder``, and end it."""
    database, socket, conf = folder / "signatures", folder / "clamd.ctl", folder / "clamd.conf"
    database.mkdir()
    (database / "eicar.ndb").write_text(f"{_SIGNATURE}:0:*:{EICAR.hex()}\n")
    limits = f"StreamMaxLength {_LARGEST}M\nMaxFileSize {_LARGEST}M\nMaxScanSize 300M\nAlertExceedsMax yes\n"
    conf.write_text(f"LocalSocket {socket}\nDatabaseDirectory {database}\nForeground yes\n{limits}")
    clamd = Clamd(ClamdAddress(path=str(socket)), deadline_s=60)
    with (folder / "clamd.log").open("w") as log:
        process = subprocess.Popen([_CLAMD, "-c", conf], stdout=log, stderr=log)
        try:
            eventually(lambda: _answers_now(clamd), what="clamd answers")
            yield clamd
        finally:
            process.terminate()
            process.wait()


def _answers_now(clamd: Clamd) -> bool:
    try:
        return bool(clamd.version())
    except Unavailable:
        return False
