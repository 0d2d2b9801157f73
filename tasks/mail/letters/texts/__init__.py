"""Our own words of letters: a file for each language, a section for each letter, a line for each part."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rules import languages

LANGUAGES: Final = tuple(languages.NAMES)
"""What we write, as BCP 47 tags; the first stands in for whatever is missing."""

COMMON = "common"
"""The section of the words that all letters share: the labels of means, todo and by, and the link to answer."""


@cache
def section(language: str, name: str) -> Mapping[str, Any]:
    """Return a letter's parts in a language, and ``facts``: a list of labels and sources; empty where not written."""
    return MappingProxyType(_file(language).get(name, {}))


@cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
