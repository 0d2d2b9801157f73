"""No file descriptor left, or no room for temporary files, while an invoice's document is made (F28, F29): it waits."""

import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from db import connection
from db.billing import invoices as store
from db.ledger import jobs
from integrations.pdf import fonts
from rules.jobs import JobState
from tasks.billing import invoices
from tests.faults.marks import on_sqlite
from tests.support import subscribed
from tests.support.disks import small_disk
from tests.support.worker import Worker

pytestmark = [pytest.mark.fault, on_sqlite, pytest.mark.usefixtures("ledger")]

Starving = Callable[[Path], AbstractContextManager[None]]


@contextmanager
def no_descriptors(_folder: Path) -> Iterator[None]:
    """Let this process open no more files: the lowest number that is free is one too high."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.close(free := os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def full_temporary_folder(folder: Path) -> Iterator[None]:
    with small_disk(folder / "small", mib=1) as disk:
        before, tempfile.tempdir = tempfile.tempdir, str(disk.folder)
        disk.fill()
        try:
            yield
        finally:
            tempfile.tempdir = before


@pytest.fixture
def fresh_fonts() -> Iterator[None]:
    """Fonts that are not loaded yet, as in a process that makes its first document."""
    fonts._fonts.cache_clear()
    yield
    fonts._fonts.cache_clear()


@pytest.mark.usefixtures("fresh_fonts")
@pytest.mark.parametrize("starving", [no_descriptors, full_temporary_folder])
def test_a_first_document_of_a_machine_that_is_starved_waits_and_is_made_afterwards(
    starving: Starving, tmp_path: Path
) -> None:
    _waits_and_is_made(starving, tmp_path)


def test_a_document_that_cannot_be_kept_for_want_of_descriptors_waits_and_is_kept_afterwards(tmp_path: Path) -> None:
    fonts.ours()
    _waits_and_is_made(no_descriptors, tmp_path)


def _waits_and_is_made(starving: Starving, folder: Path) -> None:
    worker = Worker(folder)
    with connection.transaction():
        client_id = subscribed.bakery()
    worker.perform(invoices.bill, client_id=client_id)
    (job,) = jobs.newest(task=invoices.document.name)
    with starving(folder):
        waiting = worker.run(job.id)
    assert (waiting.state, waiting.failures) == (JobState.QUEUED, 1)
    assert store.LIST.count(documented=False).number == 1

    assert worker.run(job.id).state == JobState.DONE
    assert [one.document_error for one in store.all_()] == [None]
    assert store.LIST.count(documented=False).number == 0
