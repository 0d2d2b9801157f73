"""The parts of a letter, each a short text with placeholders, from our texts or from the staff's own.

    subject ─ headline ─ about ─ greeting ─ text ─ facts ─ means ─ todo ─ by ─ button ─ closing ─ footer

A part holds words, ``{{ placeholders }}`` and ``{% if placeholder %}``, and nothing that could run: no filter, no
attribute, no loop. An empty line begins another paragraph.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_PART = 2000
"""Characters of a part that staff write."""

PARTS: Final = (
    "subject", "headline", "about", "greeting", "text", "means", "todo", "by", "button", "closing", "footer",
)  # fmt: skip
"""In the order in which they stand. The letter's facts stand behind ``text``."""

_HARMLESS = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or)


class BadPart(ValueError):
    """Raised for a part that cannot be used; the message names what is wrong and what may stand there."""


def check(source: str, *, placeholders: Collection[str]) -> None:
    """Raise ``BadPart`` for a text that is too long, is no template, does more than it may, or has an unknown name."""
    if len(source) > LONGEST_PART:
        raise BadPart(f"it has {len(source)} characters; at most {LONGEST_PART} fit")
    try:
        parsed = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise BadPart(f"line {error.lineno}: {error.message}") from None
    for node in _all(parsed):
        if not isinstance(node, _HARMLESS):
            raise BadPart(
                f"line {node.lineno}: only {{{{ placeholder }}}} and {{% if placeholder %}} may stand in a text"
            )
        if isinstance(node, nodes.Name) and node.name not in placeholders:
            known = ", ".join(sorted(placeholders)) or "none"
            raise BadPart(f"line {node.lineno}: {node.name!r} is no placeholder of this letter; it has: {known}")


def fill(source: str, values: Mapping[str, object]) -> str:
    """Return a part with its values, each of which stays on its line. Raises ``jinja2.UndefinedError``."""
    return _compiled(source).render(values).strip()


def on_one_line(value: str) -> str:
    """Return a text with its line ends, control and direction characters made spaces."""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def _all(parsed: nodes.Template) -> list[nodes.Node]:
    return [parsed, *parsed.find_all(nodes.Node)]


@lru_cache(maxsize=2048)
def _compiled(source: str) -> Template:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    """Return the environment that fills parts. Parts are plain text; the layout for HTML escapes each as a whole."""
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _clean(value: object) -> object:
    """Keep a value on its line; leave others alone, Undefined too, so that StrictUndefined still raises."""
    return on_one_line(value) if isinstance(value, str) else value
