"""Each path of this repository that a document names exists, and each class of tests."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    *(f"docs/{one.name}" for one in sorted((ROOT / "docs").glob("*.md"))),
)
PATH = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]*(?:\.[a-z]+)*|[a-z_]+\.(?:py|toml|lock))(?:::(\w+))?`")
"""What stands in backquotes in small letters: capitals stand for a name to choose, as in ``rules/NOUN.py``."""
IN_BLOCK = re.compile(r"^    .*$", re.MULTILINE)
MODULE = re.compile(r"(?<![\w./-])(?:[a-z_0-9]+/)+[a-z_0-9]+\.py\b")
"""A module that an indented block names, as the three paths of ARCHITECTURE.md do."""

ELSEWHERE = {"var/", "text/plain"}
"""What has the form of a path and is none of the repository: the data of a running system, a media type."""


def missing(document: str) -> list[str]:
    """Return the paths that a document names and that do not exist, with or without ``.py``, or below some folder."""
    text = (ROOT / document).read_text(encoding="utf-8")
    modules = {(module, "") for line in IN_BLOCK.findall(text) for module in MODULE.findall(line)}
    named = sorted({*PATH.findall(text), *modules})
    return [
        f"{path}::{within}" if within else path
        for path, within in named
        if path not in ELSEWHERE and not _exists(path, within)
    ]


def _exists(path: str, within: str) -> bool:
    whole = ROOT / path
    found = [one for one in (whole, whole.with_suffix(".py")) if one.exists()]
    if not found and "/" not in path:
        found = [one for one in _files() if one.name == path]
    return any(not within or re.search(rf"^(class|def) {within}\b", one.read_text(), re.MULTILINE) for one in found)


@cache
def _files() -> list[Path]:
    return [Path(folder) / name for folder, names in _folders() for name in names]


def _folders() -> Iterator[tuple[str, list[str]]]:
    """Return the folders of ours with the names of their files: what begins with a dot is not gone into."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [one for one in below if not one.startswith(".")]
        yield folder, names


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_path_that_is_named_exists(document: str) -> None:
    assert missing(document) == []
