"""Which literals of a template's expressions people read, said in another language.

They are what an expression may come out as: ``{{ "on" if on else "off" }}``, ``{{ name or "nobody" }}``,
``{{ {"dead": "Given up"}[state] }}``, what stands for a missing value in some filters, and the labels of our macros.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from jinja2 import nodes

Speak = Callable[[str], str]
"""From a message to its translation; itself where there is none."""

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
"""A macro of ours -> which of its arguments people read."""
OTHERWISE: Final = frozenset({"ago", "moment", "left", "default"})
"""Filters whose arguments stand for what is missing."""

_ENTITY: Final = re.compile(r"&#?\w+;")
_ATTRIBUTE: Final = re.compile(r'\s*[\w-]+="[^"]*"\s*')
"""What a block says that stands in a tag of another template."""


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
    """Return the blanks before and behind a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def says(call: nodes.Call) -> bool:
    """Tell whether an expression says a message itself."""
    return isinstance(call.node, nodes.Name) and call.node.name in {"_", "ngettext"}


def translate(expression: nodes.Node | None, speak: Speak) -> None:
    """Translate what an expression may come out as."""
    for one in _outcomes(expression):
        if isinstance(one.value, str) and is_words(one.value):
            before, after = edges(one.value)
            mark = "#" if one.value.startswith("#") else ""  # of a column of numbers
            one.value = f"{before}{mark}{speak(one.value.strip().removeprefix('#'))}{after}"


def _outcomes(expression: nodes.Node | None) -> Iterator[nodes.Const]:
    """Yield the literals that an expression may come out as."""
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
        case nodes.Tuple(items=[label, *_]):  # a column's, with the order that its head sorts by
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
    """Yield those arguments of a call that people read."""
    for one in which:
        if isinstance(one, int):
            yield from call.args[one : one + 1]
        else:
            yield from (each.value for each in call.kwargs if each.key == one)
