"""Templates in the reader's language. They are in English and mark no messages: the texts to translate are found here.

    <p>You have {{ left }} codes, <a href="/account">make others</a>.</p>

is one message of the catalogue, "You have {left} codes, <1>make others</1>.". A translation may place the expressions
and inline elements where its grammar wants them. These texts are found:

- texts between tags: a sentence ends at a tag that is not inline, and at a statement such as ``{% if %}``;
- the attributes of ATTRIBUTES;
- literals that an expression in the text may print: ``{{ "on" if on else "off" }}``, ``{{ name or "nobody" }}``;
- the labels of our own macros: ``template_literals.ARGUMENTS``.

Any other literal in braces must stand in ``_("...")`` or ``ngettext("...", "...", number)``. The translation happens
once, when Jinja compiles a template for a language. The expressions stay as they are, so they are escaped as before.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes

from dashboard.rendering import template_literals
from dashboard.rendering.template_literals import Speak

ATTRIBUTES: Final = frozenset({"alt", "aria-label", "placeholder", "title"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "code", "del", "em", "i", "ins", "kbd", "small", "span", "strong", "sub", "sup", "time"}
)
_VERBATIM: Final = frozenset({"code", "kbd", "pre", "script", "style"})
"""Elements whose text is not translated."""

_TAG: Final = re.compile(r"<(?=[a-zA-Z/!])(/?)([a-zA-Z0-9!-]*)")
_IN_TAG: Final = re.compile(r'([\w-]+)="|>')
_SPACE: Final = re.compile(r"\s+")
_PLACE: Final = re.compile(r"\{(\w+)\}|<(/?\d+)>")


@dataclass(frozen=True, slots=True)
class _Text:
    data: str


@dataclass(frozen=True, slots=True)
class _TemplateTag:
    """An opening or closing tag of an inline element, with the nodes that print it."""

    name: str
    closes: bool
    nodes: tuple[nodes.Expr, ...]


@dataclass(frozen=True, slots=True)
class _Value:
    expression: nodes.Expr


_Part = _Text | _TemplateTag | _Value


def translate(template: nodes.Template, speak: Speak) -> None:
    """Change a parsed template so that it prints the translation that ``speak`` returns for each message."""
    reader = _TemplateReader(speak)
    for body in _bodies(template):
        reader.read(body)


def _bodies(template: nodes.Template) -> Iterator[nodes.Node]:
    """Iterate over a template's outputs and call blocks, in the order of its source."""
    for child in template.iter_child_nodes():
        yield from _within(child)


def _within(node: nodes.Node) -> Iterator[nodes.Node]:
    if isinstance(node, nodes.Output | nodes.CallBlock):
        yield node
    if isinstance(node, nodes.Output):
        return
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Stmt):
            yield from _within(child)


@dataclass(slots=True)
class _TemplateReader:
    """A reader of outputs that remembers its place in the page's HTML: a tag may go on after a statement."""

    speak: Speak
    tag: str = ""
    """The tag that is being read; empty between tags."""
    closes: bool = False
    attribute: str = ""
    """The attribute whose value is being read; empty outside of values."""
    verbatim: str = ""
    """The element around, whose text is not translated; empty without one."""
    parts: list[_Part] = field(default_factory=list[_Part])
    within: list[nodes.Expr] = field(default_factory=list[nodes.Expr])
    """The nodes of the current tag that were read in this output."""
    value: list[_Part] = field(default_factory=list[_Part])
    """The parts of the current value that were read, for an attribute of ATTRIBUTES."""
    out: list[nodes.Expr] = field(default_factory=list[nodes.Expr])

    def read(self, node: nodes.Node) -> None:
        """Translate an output, or the labels of a macro's call."""
        if isinstance(node, nodes.CallBlock):
            template_literals.translate(node.call, self.speak)
            return
        if not isinstance(node, nodes.Output):
            return
        self.out = []
        whole = not self.tag
        for one in node.nodes:
            if isinstance(one, nodes.TemplateData):
                whole = self._text(one.data, whole=whole)
            else:
                self._expression(one)
        self._end_value()
        self._end_run()
        self.out.extend(self.within)
        self.within = []
        node.nodes = self.out

    def _expression(self, one: nodes.Expr) -> None:
        if self.attribute in ATTRIBUTES:
            self.value.append(_Value(one))
        elif self.tag:
            self.within.append(one)
        else:
            self.parts.append(_Value(one))

    def _text(self, data: str, *, whole: bool) -> bool:
        """Read a piece of HTML. Return ``whole``: whether the current tag began in this output."""
        at = 0
        while at < len(data):
            if self.attribute:
                at = self._in_value(data, at)
            elif self.tag:
                at = self._in_tag(data, at, whole=whole)
            else:
                at, whole = self._between(data, at), True
        return whole

    def _between(self, data: str, at: int) -> int:
        found = _TAG.search(data, at)
        end = found.start() if found else len(data)
        if end > at:
            self.parts.append(_Text(data[at:end]))
        if not found:
            return end
        self.tag, self.closes = found[2].lower(), bool(found[1])
        self.within = [nodes.TemplateData(found[0])]
        return found.end()

    def _in_tag(self, data: str, at: int, *, whole: bool) -> int:
        found = _IN_TAG.search(data, at)
        end = found.end() if found else len(data)
        self.within.append(nodes.TemplateData(data[at:end]))
        if found and found[1]:
            self.attribute = found[1].lower()
        elif found:
            self._end_tag(whole=whole)
        return end

    def _in_value(self, data: str, at: int) -> int:
        end = data.find('"', at)
        stop = end if end >= 0 else len(data)
        read = data[at:stop]
        if self.attribute in ATTRIBUTES:
            self.value.append(_Text(read))
        else:
            self.within.append(nodes.TemplateData(read))
        if end < 0:
            return stop
        self._end_value()
        self.within.append(nodes.TemplateData('"'))
        self.attribute = ""
        return end + 1

    def _end_value(self) -> None:
        self.within.extend(_Section(self.speak).translated(self.value))
        self.value = []

    def _end_tag(self, *, whole: bool) -> None:
        if whole and self.tag in _INLINE:
            self.parts.append(_TemplateTag(self.tag, self.closes, tuple(self.within)))
        else:
            self._end_run()
            self.out.extend(self.within)
        if self.tag in _VERBATIM - _INLINE:
            self.verbatim = "" if self.closes else self.tag
        self.tag, self.within = "", []

    def _end_run(self) -> None:
        section = _Section(self.speak if not self.verbatim else _unchanged)
        for balanced in _balanced(self.parts):
            self.out.extend(section.translated(balanced))
        self.parts = []


def _unchanged(message: str) -> str:
    return message


def _balanced(parts: Sequence[_Part]) -> Iterator[Sequence[_Part]]:
    """Cut a run of parts at the tags of elements that begin or end outside of it."""
    cuts, opened = list[int](), list[int]()
    for index, one in enumerate(parts):
        if isinstance(one, _TemplateTag) and not one.closes:
            opened.append(index)
        elif isinstance(one, _TemplateTag):
            _ = opened.pop() if opened else cuts.append(index)
    start = 0
    for cut in sorted((*cuts, *opened)):
        yield parts[start:cut]
        yield parts[cut : cut + 1]
        start = cut + 1
    yield parts[start:]


@dataclass(frozen=True, slots=True)
class _Section:
    """A translator of sections: parts of a run in which each element that begins also ends."""

    speak: Speak

    def translated(self, parts: Sequence[_Part]) -> list[nodes.Expr]:
        """Return the nodes of a section, translated."""
        first, last = _trimmed(parts)
        inner = parts[first:last]
        middle = self._message(inner) if _has_words(_top(inner)) else self._elements(inner)
        return [*self._plain(parts[:first]), *middle, *self._plain(parts[last:])]

    def _plain(self, parts: Iterable[_Part]) -> Iterator[nodes.Expr]:
        for one in parts:
            if isinstance(one, _Value):
                template_literals.translate(one.expression, self.speak)
            yield from _nodes(one)

    def _elements(self, parts: Sequence[_Part]) -> list[nodes.Expr]:
        """Translate a section that has no words outside of its elements: each element by itself."""
        found = list[nodes.Expr]()
        index = 0
        while index < len(parts):
            one = parts[index]
            end = _end_of(parts, index)
            if isinstance(one, _TemplateTag) and end > index and one.name not in _VERBATIM:
                found.extend(one.nodes)
                found.extend(self.translated(parts[index + 1 : end]))
                found.extend(_nodes(parts[end]))
            else:
                for each in parts[index : end + 1]:
                    found.extend(self._plain([each]))
            index = end + 1
        return found

    def _message(self, parts: Sequence[_Part]) -> list[nodes.Expr]:
        places = dict[str, tuple[nodes.Expr, ...]]()
        written = "".join(_written(parts, places))
        for one in parts:
            if isinstance(one, _Value):
                template_literals.translate(one.expression, self.speak)
        message = _SPACE.sub(" ", written).strip()
        said = self.speak(message)
        if said == message:
            return [node for one in parts for node in _nodes(one)]
        before, after = template_literals.edges(written)
        return [nodes.TemplateData(before), *_filled(said, places), nodes.TemplateData(after)]


def _trimmed(parts: Sequence[_Part]) -> tuple[int, int]:
    """Return where the words of a section begin and end, without the white space and macro calls around them."""
    first, last = 0, len(parts)
    while first < last and _is_around(parts[first]):
        first += 1
    while last > first and _is_around(parts[last - 1]):
        last -= 1
    return first, last


def _is_around(part: _Part) -> bool:
    if isinstance(part, _Text):
        return not part.data.strip()
    return (
        isinstance(part, _Value)
        and isinstance(part.expression, nodes.Call)
        and not template_literals.says(part.expression)
    )


def _top(parts: Sequence[_Part]) -> Iterator[_Part]:
    """Yield the parts outside of inline elements."""
    depth = 0
    for one in parts:
        if isinstance(one, _TemplateTag):
            depth += -1 if one.closes else 1
        elif depth == 0:
            yield one


def _has_words(parts: Iterable[_Part]) -> bool:
    return any(isinstance(one, _Text) and template_literals.is_words(one.data) for one in parts)


def _end_of(parts: Sequence[_Part], start: int) -> int:
    """Return the index of the closing tag of the element that opens at ``start``; ``start`` where none opens."""
    depth = 0
    for index in range(start, len(parts)):
        one = parts[index]
        depth += (-1 if one.closes else 1) if isinstance(one, _TemplateTag) else 0
        if depth <= 0:
            return index
    return start


def _nodes(part: _Part) -> tuple[nodes.Expr, ...]:
    if isinstance(part, _Text):
        return (nodes.TemplateData(part.data),)
    return part.nodes if isinstance(part, _TemplateTag) else (part.expression,)


def _written(parts: Sequence[_Part], places: dict[str, tuple[nodes.Expr, ...]]) -> Iterator[str]:
    """Yield the pieces of a message, and note in ``places`` the nodes of each place: ``{name}``, or a tag's number."""
    opened, number = list[int](), 0
    for one in parts:
        if isinstance(one, _Text):
            yield one.data
        elif isinstance(one, _Value):
            place = _free(_name(one.expression), places)
            places[place] = _nodes(one)
            yield f"{{{place}}}"
        else:
            number += not one.closes
            opened.append(number) if not one.closes else None
            place = f"/{opened.pop()}" if one.closes else f"{number}"
            places[place] = one.nodes
            yield f"<{place}>"


def _free(name: str, taken: Mapping[str, object]) -> str:
    return next(one for one in (name, *(f"{name}{number}" for number in range(2, 99))) if one not in taken)


def _name(expression: nodes.Node) -> str:
    """Return the name of an expression for translators: its last word, or "counted" or "what"."""
    match expression:
        case nodes.Call(node=nodes.Name(name="ngettext")):
            return "counted"
        case nodes.Call(node=nodes.Name(name="_"), args=[inner, *_]):
            return _name(inner)
        case nodes.Filter(node=nodes.Node() as inner) | nodes.Call(node=inner):
            return _name(inner)
        case nodes.Name(name=name) | nodes.Getattr(attr=name):
            return name
        case nodes.Getitem(arg=nodes.Const(value=str(name))):
            return name if name.isidentifier() else "what"
        case _:
            return "what"


def _filled(said: str, places: Mapping[str, tuple[nodes.Expr, ...]]) -> Iterator[nodes.Expr]:
    at = 0
    for found in _PLACE.finditer(said):
        yield nodes.TemplateData(said[at : found.start()])
        yield from places.get(found[1] or found[2], (nodes.TemplateData(found[0]),))
        at = found.end()
    yield nodes.TemplateData(said[at:])


def said(template: nodes.Template) -> Iterator[tuple[str, ...]]:
    """Yield the messages of a template's calls of ``_`` (one text each) and ``ngettext`` (two texts each)."""
    for call in template.find_all(nodes.Call):
        if template_literals.says(call):
            yield tuple(one.value for one in call.args if isinstance(one, nodes.Const) and isinstance(one.value, str))
