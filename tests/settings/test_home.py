"""The home is for its own user alone, also where an older release has made it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import home


@pytest.fixture
def open_mask() -> Iterator[None]:
    """Let files be readable by everybody, as most systems do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("open_mask")
def test_a_home_that_others_could_read_is_taken_from_them(tmp_path: Path) -> None:
    older = tmp_path / "var"
    older.mkdir(mode=0o755)
    (older / "nolapse.db").write_bytes(b"x")
    (older / "documents").mkdir()
    assert len(home.exposed(older)) == 3
    home.make(older)
    assert home.exposed(older) == []
    assert (mode(older), mode(older / "nolapse.db"), mode(older / "documents")) == (0o700, 0o600, 0o700)


@pytest.mark.usefixtures("open_mask")
def test_a_new_home_is_made_for_its_user_alone(tmp_path: Path) -> None:
    home.make(tmp_path / "a" / "var")
    assert mode(tmp_path / "a" / "var") == 0o700


@pytest.mark.usefixtures("open_mask")
def test_what_a_process_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    home.make_files_private()
    (tmp_path / "export.csv").write_text("x")
    (tmp_path / "folder").mkdir()
    assert (mode(tmp_path / "export.csv"), mode(tmp_path / "folder")) == (0o600, 0o700)


def test_a_link_that_leads_elsewhere_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "link").symlink_to(elsewhere)
    home.make(tmp_path / "var")
    assert mode(elsewhere) == 0o644


def test_a_home_that_is_not_there_exposes_nothing(tmp_path: Path) -> None:
    assert home.exposed(tmp_path / "nowhere") == []
