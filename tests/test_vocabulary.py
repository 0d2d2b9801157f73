"""One word means one thing: the names of classes and modules, and the terms of docs/glossary.md."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
TREE = (
    "api_stub", "cli", "dashboard", "db", "integrations", "rules", "sandbox", "schedules", "settings", "tasks",
    "wording", "workers",
)  # fmt: skip

PARTS = {
    "errors": "what a folder raises, or makes of what is raised",
    "fields": "values with their bounds: of routes, of pages, of columns",
    "models": "the tables of a group of db",
}
"""Modules that are named after their part in a folder, with what that part is."""

SHARED = {
    "alarms": "rules/checks has what the alarms of domains and certificates have in common",
    "alert_channels": "tasks/outside makes the channels of the settings, tasks/alerts sends through them",
    "changes": "rules/checks has what the changes of domains and certificates have in common",
    "identity_providers": "api_stub/resources has the routes, api_stub/security the sign-in behind them",
    "next_check": "rules/checks has what the next check of domains and endpoints have in common",
    "passkeys": "api_stub/resources has the routes, api_stub/security the ceremony behind them",
    "payments": "cli/demo pays the demo's invoices",
}
"""Modules that stand twice in one folder of the tree, with what divides them."""

PRIVATE = {
    "_ByteBudget": "how many bytes may still be kept, in two caches",
    "_Connection": "a connection of one library, with what that lacks",
    "_Handler": "what answers a request of a sandbox server",
    "_Row": "the columns of the one statement that its module reads",
}
"""Private classes that several modules have under one name, with the one thing that they all are."""


def modules() -> list[Path]:
    """Return the product's modules; frozen migrations are not among them."""
    found = (path for folder in TREE for path in (ROOT / folder).rglob("*.py"))
    return [path.relative_to(ROOT) for path in found if "migrations" not in path.parts]


def layer(path: Path) -> str:
    """Return which of those that may share a noun's class a module belongs to.

    They are a table's model, its read model, its API schema, and the sandbox's made-up one.
    """
    text = path.as_posix()
    if path.name in {"schema.py", "models.py"} and text.startswith("db/"):
        return "model"
    return next((one for one in ("db/", "api_stub/resources/", "sandbox/") if text.startswith(one)), "other")


def terms() -> list[str]:
    """Return the terms of the glossary, in its order and as they are written."""
    rows = re.findall(r"^\| (?!term \||---)([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return [term for row in rows for term in row.strip().split(", ")]


def singular(word: str) -> str:
    """Return a noun of ours in the singular: ``entries``, ``addresses``, ``routes``, ``access``."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "dns")) else word


def complaint(places: Mapping[str, Iterable[Path]]) -> str:
    return "\n".join(f"  {name}: {', '.join(sorted(map(str, paths)))}" for name, paths in sorted(places.items()))


def repeated(places: Mapping[str, list[Path]]) -> dict[str, list[Path]]:
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, list[Path]] = defaultdict(list)
    private: dict[str, list[Path]] = defaultdict(list)
    for path in modules():
        for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("_"):
                private[node.name].append(path)
            elif isinstance(node, ast.ClassDef):
                places[f"{node.name} ({layer(path)})"].append(path)
    assert not repeated(places), f"rename:\n{complaint(repeated(places))}"
    assert repeated(private).keys() == PRIVATE.keys(), f"rename, or say why:\n{complaint(repeated(private))}"


def test_a_module_name_stands_once_in_each_folder_of_the_tree() -> None:
    places: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in modules():
        if path.stem != "__init__" and path.stem not in PARTS:
            places[path.parts[0], path.stem].append(path)
    found = {name: paths for (_, name), paths in places.items() if len(paths) > 1}
    assert found.keys() == SHARED.keys(), f"rename, or say why:\n{complaint(found)}"


def is_known(name: str) -> bool:
    """Tell whether a module is named after one thing: a term, one with an adjective, or the noun of one term alone.

    ``providers`` would not be: there are mail providers and identity providers.
    """
    word = singular(name.replace("_", " "))
    known = {singular(term.lower()) for term in terms()}
    with_adjective = any(word.endswith(f" {term}") for term in known)
    return word in known or with_adjective or sum(term.endswith(f" {word}") for term in known) == 1


def test_a_module_name_of_several_folders_is_a_term_of_the_glossary_or_an_outside_service() -> None:
    """So that ``domains`` is the same noun in each of them: what it is, how it is stored, how it is shown."""
    outside = {name for path in modules() if path.parts[0] == "integrations" for name in (path.stem, path.parts[1])}
    folders: dict[str, list[Path]] = defaultdict(list)
    for path in modules():
        if path.stem != "__init__" and path.stem not in outside | PARTS.keys():
            folders[path.stem].append(path)
    unknown = {
        name: paths
        for name, paths in folders.items()
        if len({path.parts[0] for path in paths}) > 1 and not is_known(name)
    }
    assert not unknown, f"rename, or say in docs/glossary.md what they are:\n{complaint(unknown)}"


def test_the_glossary_has_each_term_once() -> None:
    counted = Counter(singular(term.lower()) for term in terms())
    assert len(counted) > 200
    assert [term for term, times in counted.items() if times > 1] == []
