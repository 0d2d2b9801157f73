"""The words of our mails: a template per letter, language and form, beside this file.

Values come from the outside (a registrar's name, a certificate's subject) and are hostile: HTML is escaped, and in
subjects and plain text each value stays on its line.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rules import languages

TEMPLATES = Path(__file__).parent
LANGUAGES = ("en", "de")
MAX_SUBJECT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject, which is one line, and its two forms."""

    subject: str
    text: str
    html: str


def render(name: str, *, language: str, **values: object) -> Letter:
    """Return the letter ``name`` in ``language`` (a BCP 47 tag; English where we do not write that one).

    alert: headline, subject_name, client_name, facts (label and value of each), what_to_do.
    invoice: client_name, number, total, due (a text; empty where nothing is owed), seller_name.
    sign_in, reset, invitation: user_name, link, minutes.
    trial: user_name.

    Raises ``jinja2.UndefinedError`` where a value is missing and ``jinja2.TemplateNotFound`` for an unknown letter.
    """
    spoken = languages.negotiate(language, LANGUAGES)
    stem = f"{name}.{spoken}"
    subject, _, text = _plain().get_template(f"{stem}.txt").render(values).partition("\n")
    html = _markup().get_template(f"{stem}.html").render(values, language=spoken)
    return Letter(subject=subject[:MAX_SUBJECT_LENGTH], text=text.lstrip("\n"), html=html)


@cache
def _plain() -> Environment:
    """Return what renders plain text; there is nothing to escape in it but line ends."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- plain text, never shown as HTML
        finalize=_on_one_line,
        keep_trailing_newline=True,
        trim_blocks=True,
    )


@cache
def _markup() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=True)


def _on_one_line(value: object) -> object:
    """Return a text with its line ends, control and direction characters made spaces; leave other values alone.

    Undefined is left alone as well, so that StrictUndefined still raises.
    """
    if not isinstance(value, str):
        return value
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())
