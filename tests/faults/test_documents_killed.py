"""Kill -9 in the middle of moving, auditing and removing documents: nothing is lost, and no orphan stays unseen."""

import hashlib
from pathlib import Path

import pytest

from db import connection
from db.documents import direct_uploads, documents
from db.documents.documents import NewDocument
from integrations.storage.folder import FolderStorage
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from rules.documents import direct_uploads as forms
from tasks.documents import direct_uploads as direct
from tasks.documents import removal
from tests.faults.marks import on_sqlite
from tests.support.eventually import eventually
from tests.support.shell import Said, Shell
from tests.support.system import System

pytestmark = [pytest.mark.fault, on_sqlite]
NUMBER = 5


@pytest.fixture
def nolapse(system: System, tmp_path: Path) -> Shell:
    return Shell(
        tmp_path, **{name: system._environment({})[name] for name in ("DATABASE_URL", "REDIS_URL", "NOLAPSE_HOME")}
    )


@pytest.fixture
def home(system: System) -> FolderStorage:
    return FolderStorage(system.folder / "home" / "documents")


def keep(home: FolderStorage) -> dict[str, bytes]:
    """Keep some documents; returns them by their keys."""
    kept = {f"documents/client/1/{number}": f"document {number}".encode() * 1000 for number in range(NUMBER)}
    with connection.session():
        for key, data in kept.items():
            home.put(key, data)
            documents.add(
                NewDocument(
                    owner=Subject("client", 1),
                    name=f"{key[-1]}.pdf",
                    content_type="application/pdf",
                    size=len(data),
                    sha256=hashlib.sha256(data).hexdigest(),
                    storage_key=key,
                    added_by="a test",
                    state=DocumentState.CLEAN,
                )
            )
    return kept


def killed_once(tmp_path: Path, point: str) -> dict[str, str]:
    return {"NOLAPSE_FAILPOINTS": f"{point}=kill@{tmp_path / 'killed'}"}


@pytest.mark.parametrize("point", ["documents.put", "documents.moved"])
def test_a_move_that_is_killed_goes_on_and_loses_nothing(
    nolapse: Shell, home: FolderStorage, tmp_path: Path, point: str
) -> None:
    kept = keep(home)
    target = FolderStorage(tmp_path / "other")

    def move() -> Said:
        return nolapse(
            "documents", "move", "--to", f"file://{tmp_path}/other", "--json", **killed_once(tmp_path, point)
        )

    assert move().code == -9
    half = list(target.every(""))
    assert 0 < len(half) < NUMBER
    said = move()
    assert (said.code, said.json["moved"] + said.json["there already"]) == (0, NUMBER)
    assert said.json["there already"] == len(half)
    assert {one.key: target.get(one.key) for one in target.every("")} == kept
    assert {one.key: home.get(one.key) for one in home.every("")} == kept, "nothing is taken from where it was"


def test_an_audit_that_is_killed_changed_nothing_and_can_be_run_again(
    nolapse: Shell, home: FolderStorage, tmp_path: Path
) -> None:
    kept = keep(home)
    armed = killed_once(tmp_path, "documents.audited")
    assert nolapse("documents", "audit", "--read", "--json", **armed).code == -9
    said = nolapse("documents", "audit", "--read", "--json", **armed)
    assert (said.code, said.json) == (0, [])
    assert {one.key: home.get(one.key) for one in home.every("")} == kept


def test_a_removal_that_is_killed_between_bytes_and_row_ends_without_either(
    system: System, nolapse: Shell, home: FolderStorage, tmp_path: Path
) -> None:
    keep(home)
    with connection.session():
        for one in documents.LIST.every():
            documents.mark_deleted(one.id, by="a test")
        removal.remove.enqueue()
    system.start(**killed_once(tmp_path, "documents.bytes_removed"), NOLAPSE_DOCUMENT_GRACE_DAYS="0")
    eventually(lambda: system.rows("SELECT COUNT(*) FROM kept_document") == [(0,)])
    assert (tmp_path / "killed").exists()
    assert list(home.every("")) == []
    said = nolapse("documents", "audit", "--json")
    assert (said.code, said.json) == (0, [])


def test_a_clearing_that_is_killed_between_bytes_and_rows_ends_without_either(
    system: System, home: FolderStorage, tmp_path: Path
) -> None:
    with connection.session():
        for number in range(NUMBER):
            key = forms.storage_key(f"{number:032x}")
            home.put(key, b"what somebody sent")
            direct_uploads.add(Subject("client", 1), name="a.pdf", size=18, storage_key=key, added_by="a test")
        connection.execute("UPDATE direct_upload SET closes_at = {later(-%s)}", 2 * forms.STAYS_S)
        direct.clear.enqueue()
    system.start(**killed_once(tmp_path, "documents.cleared"))
    eventually(lambda: system.rows("SELECT COUNT(*) FROM direct_upload") == [(0,)])
    assert (tmp_path / "killed").exists()
    assert list(home.every("")) == []
