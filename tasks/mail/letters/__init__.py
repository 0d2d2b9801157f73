"""Letters: what our mails say, in the reader's language, as text and as HTML made of the same parts.

    kinds (what there is, its values) ─┐
    texts (ours, by language) ─────────┼─> parts filled with values ──> layout.txt, layout.html ──> Letter
    the staff's own texts (rows) ──────┘

Values come from the outside (a registrar's name, a certificate's subject) and are hostile: each stays on its line, and
the HTML escapes every part whole. A language that lacks a letter is served in English, and says so in the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import css_inline
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from db.mail import letter_texts
from rules import languages
from rules.billing import logos
from tasks.mail.letters import letter_kinds, parts, texts
from tasks.mail.letters.brand import Brand
from tasks.mail.letters.letter_kinds import Fact, LetterKind, LetterLine
from tasks.mail.letters.texts import LANGUAGES

__all__ = ["LANGUAGES", "Letter", "filled", "render", "sources", "spoken"]

log = structlog.get_logger()

MAX_SUBJECT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject, which is one line, its two forms, and the language that it is written in.

    ``logo_of`` is the sender whose logo its HTML shows, as ``Mail`` has it.
    """

    subject: str
    text: str
    html: str
    language: str
    logo_of: int | None = None


def render(
    name: str,
    *,
    language: str,
    facts: Sequence[Fact] = (),
    entries: Sequence[LetterLine] = (),
    brand: Brand | None = None,
    **values: object,
) -> Letter:
    """Return a letter in ``language`` (a BCP 47 tag; English where we do not write that one).

    ``letter_kinds.KINDS`` says which values each letter takes. Raises ``UnknownLetter``, and ``jinja2.UndefinedError``
    where a value is missing.
    """
    kind = letter_kinds.find(name)
    tag = spoken(kind, language)
    own = letter_texts.find(name, tag)
    given = {**sources(kind, tag), **own}
    return filled(kind, tag, given, facts=facts, entries=entries, brand=brand, values=values)


def spoken(kind: LetterKind, language: str) -> str:
    """Return in which of LANGUAGES a letter is written for a reader of ``language``, a BCP 47 tag."""
    negotiated = languages.negotiate(language, LANGUAGES)
    if texts.section(negotiated, kind.name):
        return negotiated
    log.warning("letter_not_in_language", letter=kind.name, language=negotiated)
    return LANGUAGES[0]


def sources(kind: LetterKind, language: str) -> dict[str, str]:
    """Return our own parts of a letter in one of LANGUAGES."""
    section = texts.section(language, kind.name)
    return {part: section[part] for part in parts.PARTS if part in section}


def filled(
    kind: LetterKind,
    language: str,
    given: Mapping[str, str],
    *,
    values: Mapping[str, object],
    facts: Sequence[Fact] = (),
    entries: Sequence[LetterLine] = (),
    brand: Brand | None = None,
) -> Letter:
    """Return a letter made of ``given`` parts. Raises ``jinja2.UndefinedError`` where a value is missing."""
    said = {part: parts.fill(source, values) for part, source in given.items()}
    subject = parts.on_one_line(said.pop("subject"))[:MAX_SUBJECT_LENGTH]
    brand = brand or Brand.of(kind.audience)
    context = {
        "letter": _Paragraphs(said),
        "subject": subject,
        "facts": [*_own_facts(kind, language, values), *_cleaned(facts)],
        "entries": [_cleaned_entry(one) for one in entries],
        "link": parts.on_one_line(str(values[kind.link])) if kind.link else "",
        "labels": texts.section(language, texts.COMMON),
        "language": language,
        "brand": brand,
        "logo": logos.CONTENT_ID,
    }
    text = _environment(html=False).get_template("layout.txt").render(context)
    html = _environment(html=True).get_template("layout.html").render(context)
    return Letter(subject, text, _inliner().inline(html), language, brand.logo_of)


class _Paragraphs:
    """The parts of a letter as the layouts read them: each a list of paragraphs, empty where it is not there."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._said = said

    def __getitem__(self, part: str) -> list[str]:
        return [one.strip() for one in self._said.get(part, "").split("\n\n") if one.strip()]


def _own_facts(kind: LetterKind, language: str, values: Mapping[str, object]) -> list[Fact]:
    """Return the facts that the letter's own text names; one whose value is empty is left out."""
    named = texts.section(language, kind.name).get("facts", ())
    told = [(label, parts.fill(source, values)) for label, source in named]
    return [(label, value) for label, value in told if value]


def _cleaned(facts: Sequence[Fact]) -> list[Fact]:
    return [(parts.on_one_line(label), parts.on_one_line(value)) for label, value in facts]


def _cleaned_entry(one: LetterLine) -> LetterLine:
    return replace(one, text=parts.on_one_line(one.text), note=parts.on_one_line(one.note))


@cache
def _environment(*, html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 - plain text has nothing to escape; its values were kept on their lines
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=not html,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    """Return what writes the style sheet into the elements: many mail programs read no other style.

    The rules for a dark screen stay where they are. Nothing is fetched.
    """
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
