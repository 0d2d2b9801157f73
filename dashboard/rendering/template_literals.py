"""The literals in a template's expressions that people read, and their translation.

They are the literals that an expression may print: ``{{ "on" if on else "off" }}``, ``{{ name or "nobody" }}``,
``{{ {"dead": "Given up"}[state] }}``, the words for a missing value in some filters, and the labels of our macros.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from jinja2 import nodes

Speak = Callable[[str], str]
"""A function from a message to its translation, or to the message itself where there is none."""

ARGUMENTS: Final[Mapping[str, tuple[int | str, ...]]] = {
    "table": (0, 1),
    "sorted_table": (0, 1),
    "td": (0,),
    "tab": (0,),
    "button": (1, "about"),
    "empty": (0,),
    "status": (1,),
    "passkey_form": (2, 4),
    "form": (1,),
    "removal": (3,),
    "calls": (0,),
    "measured": (0, 1),
}
"""A macro of ours -> the arguments that people read, by position or name."""
OTHERWISE: Final = frozenset({"ago", "moment", "left", "default"})
"""Filters whose arguments are words for a missing value."""

_ENTITY: Final = re.compile(r"&#?\w+;")
_ATTRIBUTE: Final = re.compile(r'\s*[\w-]+="[^"]*"\s*')
"""The content of a block that the parent template puts into a tag: an attribute, and no words."""


_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


def is_words(text: str) -> bool:
    """Tell whether a text is something to translate."""
    return (
        any(map(str.isalpha, _ENTITY.sub("", text)))
        and not _ATTRIBUTE.fullmatch(text)
        and "{%" not in text
        and not _COLOUR.fullmatch(text)
    )


def edges(text: str) -> tuple[str, str]:
    """Return the white space before and after a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def says(call: nodes.Call) -> bool:
    """Tell whether a call translates a message itself: ``_`` or ``ngettext``."""
    return isinstance(call.node, nodes.Name) and call.node.name in {"_", "ngettext"}


def translate(expression: nodes.Node | None, speak: Speak) -> None:
    """Translate in place the literals that an expression may print."""
    for one in _outcomes(expression):
        if isinstance(one.value, str) and is_words(one.value):
            before, after = edges(one.value)
            mark = "#" if one.value.startswith("#") else ""  # the mark of a column of numbers
            one.value = f"{before}{mark}{speak(one.value.strip().removeprefix('#'))}{after}"


def _outcomes(expression: nodes.Node | None) -> Iterator[nodes.Const]:
    """Yield the literals that an expression may print."""
    if isinstance(expression, nodes.Const):
        yield expression
    for one in _branches(expression):
        yield from _outcomes(one)


def _branches(expression: nodes.Node | None) -> Iterable[nodes.Node | None]:
    match expression:
        case nodes.CondExpr(expr1=one, expr2=two):
            return [one, two]
        case nodes.Or(left=one, right=two) | nodes.Add(left=one, right=two):
            return [one, two]
        case nodes.And(right=one):
            return [one]
        case nodes.Concat(nodes=several) | nodes.List(items=several):
            return several
        case nodes.Tuple(items=[label, *_]):  # a column's label and the order that its head sorts by
            return [label]
        case _:
            return _looked_up(expression)


def _looked_up(expression: nodes.Node | None) -> Iterable[nodes.Node | None]:
    match expression:
        case nodes.Getitem(node=nodes.Dict(items=pairs)):
            return [pair.value for pair in pairs]
        case nodes.Call(node=nodes.Getattr(node=nodes.Dict(items=pairs), attr="get"), args=[_, *rest]):
            return [*(pair.value for pair in pairs), *rest]
        case nodes.Filter(name=name, args=[*rest]) if name in OTHERWISE:
            return rest
        case nodes.Call(node=nodes.Name(name=name)):
            return _read(expression, ARGUMENTS.get(name, ()))
        case _:
            return ()


def _read(call: nodes.Call, which: Sequence[int | str]) -> Iterator[nodes.Node]:
    """Yield the arguments of a call that ``which`` names by position or keyword."""
    for one in which:
        if isinstance(one, int):
            yield from call.args[one : one + 1]
        else:
            yield from (each.value for each in call.kwargs if each.key == one)
