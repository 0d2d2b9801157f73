"""The words of the pages, found in the tree, and the catalogues that have them in other languages.

    make words    writes each catalogue anew: what is new gets an empty line to fill, what nobody says any more goes

Messages of templates are found by what translates them (``dashboard/translated_templates.py``); those of Python by the
calls of KEYWORDS.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from dashboard import render, translated_templates
from wording import messages

ROOT: Final = Path(__file__).parents[1]
TRANSLATED: Final = tuple(one for one in messages.LANGUAGES if one != messages.LANGUAGES[0])
KEYWORDS: Final = {"_": None, "N_": None, "ngettext": (1, 2), "Place": (1,)}
"""Functions of Python whose arguments are messages."""
_FOLDERS: Final = ("api_stub", "dashboard", "wording")

Words = tuple[str, ...]
"""A message: one form, or the two of one that counts."""


def found() -> Iterator[tuple[Words, str]]:
    """Yield each message of the tree with the file that says it, as often as it is said."""
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ((words, str(path.relative_to(ROOT))) for words in _of_python(path))
    for path in sorted((ROOT / "dashboard/templates").rglob("*.html")):
        yield from ((words, str(path.relative_to(ROOT))) for words in of_template(path.read_text()))


def _of_python(path: Path) -> Iterator[Words]:
    with path.open("rb") as source:
        for _line, words, _comments, _context in extract("python", source, keywords=KEYWORDS):
            yield (words,) if isinstance(words, str) else tuple(words)


def of_template(source: str) -> list[Words]:
    """Return the messages of a template."""
    heard = list[Words]()

    def hear(message: str) -> str:
        heard.append((message,))
        return message

    parsed = render.environment().parse(source)
    heard.extend(filter(None, translated_templates.said(parsed)))
    translated_templates.translate(parsed, hear)
    return heard


def said() -> Catalog:
    """Return all messages of the tree, each with the files that say it, in their order."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for words, where in found():
        catalogue.add(words if len(words) > 1 else words[0], locations=[(where, None)])  # type: ignore[list-item]
    return catalogue


def path_of(language: str) -> Path:
    """Return where a language's words are."""
    return ROOT / "wording/locale" / language / "LC_MESSAGES/nolapse.po"


def written(language: str) -> Catalog:
    """Return a language's words as they are."""
    with path_of(language).open("rb") as source:
        return read_po(source, locale=language)


def update(language: str) -> list[Message]:
    """Write a language's catalogue anew, in the order of the tree. Return what lacks words.

    Its head, which has the translator's glossary, stays as it is.
    """
    before = written(language)
    anew = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in said():
        if message.id:
            old = before.get(message.id)
            anew.add(message.id, old.string if old else "", locations=message.locations[:1])
    path, body = path_of(language), BytesIO()
    write_po(body, anew, width=110, omit_header=True, ignore_obsolete=True)
    head = path.read_text(encoding="utf-8").partition("\n\n")[0]
    path.write_text(f"{head}\n\n{body.getvalue().decode().strip()}\n", encoding="utf-8")
    return [one for one in anew if one.id and not all(forms(one))]


def forms(message: Message) -> tuple[str, ...]:
    """Return what a language has for a message: one form, or several that count."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


if __name__ == "__main__":
    for each in TRANSLATED:
        for lacking in update(each):
            print(f"{each}: {lacking.id!r}")
