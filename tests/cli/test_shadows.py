"""What lies in the current folder, or on the path, is not taken for a part of nolapse."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli import shadowed
from tests.support.forked import ROOT
from workers.supervisor import python


@pytest.fixture
def shadow(tmp_path: Path) -> Path:
    """A folder with a ``settings.py`` that tells of its being run."""
    (tmp_path / "settings.py").write_text("open('was-run', 'w').close()\nraise SystemExit(7)\n")
    return tmp_path


def run(command: Sequence[str], folder: Path, python_path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": python_path}  # noqa: TID251 - handed on to a child process, not read
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_child_takes_nothing_from_the_folder_where_it_was_started(shadow: Path) -> None:
    ran = run([*python("workers.process"), "--help"], shadow, str(ROOT))
    assert (ran.returncode, (shadow / "was-run").exists()) == (0, False), ran.stderr


def test_the_command_takes_nothing_from_there_either(shadow: Path) -> None:
    ran = run([*python("cli.main"), "doctor", "--help"], shadow, str(ROOT))
    assert (ran.returncode, (shadow / "was-run").exists()) == (0, False), ran.stderr


def test_the_command_refuses_what_stands_before_it_on_the_path_by_name(shadow: Path) -> None:
    ran = run([*python("cli.main"), "jobs"], shadow, os.pathsep.join([str(shadow), str(ROOT)]))
    assert (ran.returncode, (shadow / "was-run").exists()) == (2, False)
    assert f"{shadow / 'settings.py'} would be taken for a part of nolapse" in ran.stderr


def test_not_even_what_the_command_itself_is_written_with_is_taken_from_the_path(tmp_path: Path) -> None:
    for name in ("typing", "dataclasses", "inspect", "email", "zipfile"):
        (tmp_path / f"{name}.py").write_text("open('was-run', 'w').close()\nraise SystemExit(7)\n")
    ran = run([*python("cli.main"), "jobs"], tmp_path, os.pathsep.join([str(tmp_path), str(ROOT)]))
    assert (ran.returncode, (tmp_path / "was-run").exists()) == (2, False), ran.stderr


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("redis.py", "{}"), ("json.py", "{}"), ("typer/__init__.py", "{}"), ("tasks/__init__.py", "{}"),
        ("workers.py", "."), ("sitecustomize.py", "."), ("cli/__init__.py", ""),
        ("rules.pyc", "{}"), ("idna.abi3.so", "{}"), ("json/__init__.pyc", "{}"),
    ],
)  # fmt: skip
def test_what_would_be_imported_for_another_module_is_named_whatever_it_is(tmp_path, monkeypatch, name, entry):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([entry.format(tmp_path), str(ROOT)]))
    assert list(shadowed.shadows()) == [file]
    with pytest.raises(SystemExit) as ended:
        shadowed.refuse()
    assert ended.value.code == 2


def test_a_module_of_ones_own_on_the_path_is_in_nobodys_way(tmp_path, monkeypatch):
    (tmp_path / "agency").mkdir()
    (tmp_path / "agency" / "__init__.py").touch()
    (tmp_path / "agency_tasks.py").touch()
    (tmp_path / "docs").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert list(shadowed.shadows()) == []


def test_children_are_started_with_the_safe_path() -> None:
    assert python("workers.pool") == [sys.executable, "-P", "-m", "workers.launch", "workers.pool"]
