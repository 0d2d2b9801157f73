"""Modules on PYTHONPATH that shadow a package of ours, of Python or of a library, because PYTHONPATH comes first.

They are looked for before anything else is imported. So this module uses little of the standard library: each import
here could be shadowed, too.
"""

import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder, all_suffixes
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_OURS = frozenset(path.name for path in _ROOT.iterdir() if (path / "__init__.py").is_file())
_RUN_BY_PYTHON = frozenset({"sitecustomize", "usercustomize"})


def refuse() -> None:
    """End this program with exit code 2 where a module on PYTHONPATH shadows one of the program."""
    found = next(shadows(), None)
    if found is not None:
        print(
            f"error: {found} would be taken for a part of nolapse: take its folder off PYTHONPATH, or rename it",
            file=sys.stderr,
        )
        sys.exit(2)


def shadows() -> Iterator[Path]:
    """Yield the files on PYTHONPATH that shadow a module of ours, of Python or of a library."""
    written = os.environ.get("PYTHONPATH")  # noqa: TID251 - before there are settings; Python read it, too
    entries = written.split(os.pathsep) if written else []
    folders = [Path(entry).resolve() for entry in entries]
    others = [path for path in sys.path if path and Path(path).resolve() not in folders]
    for entry, folder in zip(entries, folders, strict=True):
        if folder == _ROOT or not folder.is_dir():
            continue
        for name, file in _modules(folder):
            by_chance = name in _RUN_BY_PYTHON and not Path(entry).is_absolute()
            if by_chance or name in _OURS or name in sys.stdlib_module_names or PathFinder.find_spec(name, others):
                yield file


def _modules(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, file) of the modules in a folder: source, bytecode or extension modules."""
    for path in sorted(folder.iterdir()):
        is_package = path.is_dir()
        for suffix in all_suffixes():
            file = path / f"__init__{suffix}" if is_package else path
            name = path.name if is_package else path.name.removesuffix(suffix)
            if name.isidentifier() and file.name.endswith(suffix) and file.is_file():
                yield name, file
                break
