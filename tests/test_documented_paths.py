"""Each path of this repository that ARCHITECTURE.md and CONTRIBUTING.md name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")
PATH = re.compile(r"`((?:[a-z_]+/)+[a-z_0-9]*(?:\.[a-z]+)*|[a-z_]+\.(?:py|toml|lock))`")
"""What stands in backquotes in small letters: capitals stand for a name to choose, as in ``rules/NOUN.py``."""


def missing(document: str) -> list[str]:
    """Return the paths that a document names and that do not exist, with or without ``.py``, or below some folder."""
    named = sorted(set(PATH.findall((ROOT / document).read_text(encoding="utf-8"))))
    return [path for path in named if not _exists(path)]


def _exists(path: str) -> bool:
    whole = ROOT / path
    if whole.exists() or whole.with_suffix(".py").exists():
        return True
    return "/" not in path and any(_ours(found) for found in ROOT.rglob(path))


def _ours(path: Path) -> bool:
    return not path.relative_to(ROOT).parts[0].startswith(".")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_path_that_is_named_exists(document: str) -> None:
    assert missing(document) == []
