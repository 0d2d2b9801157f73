"""Fills a form in a finished page: with the values that were typed, and with the mistake of each field beside it.

So a form anywhere on a page is written once, in its template, which contains nothing about mistakes. Only the form, its
fields and its folds change: the page's text is cut at their places, which the standard library's parser finds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate
from typing import Final

from markupsafe import Markup, escape

from dashboard.rendering.formatting import visible

PLACE: Final = "form_page"
"""The hidden field with the page that a form belongs to, for a form that is shown at the address it was sent to."""

_FIELDS: Final = {"input", "select", "textarea"}
_TICKED: Final = {"checkbox", "radio"}
_UNSEEN: Final = {"hidden", "submit"}
_NEVER_FILLED: Final = {"password", "file", *_UNSEEN}
"""Inputs that keep the page's values: a password must not be sent back, and a file cannot be."""

_NEW_EACH_TIME: Final = {"csrf", "key"}
"""Hidden fields whose value is new on each page, so that they do not identify a form."""

_HEAD: Final = Markup('<input type="hidden" name="{}" value="{}"><p class="complaint" role="alert">{}</p>')
_NOTE: Final = Markup('<span class="complaint" id="{}">{}</span>')
_ATTRIBUTE: Final = Markup(' {}="{}"')

Attributes = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedForm:
    """A form that was sent to ``action`` and refused: its values by field, and its mistakes.

    ``wrong`` maps a problem's address, such as ``steps.0.people``, to a message. ``place`` is the page that the form
    stands on; it is added to the form as the hidden field ``PLACE``.
    """

    action: str
    place: str
    given: Mapping[str, Sequence[str]]
    wrong: Mapping[str, str]
    complaint: Callable[[Sequence[str]], str]
    """Returns the sentence above the form, given the mistakes that belong to none of its fields."""


@dataclass(slots=True)
class _FormTag:
    """An element's opening tag: its name and attributes, and its place in the page's text from ``begin`` to ``end``.

    ``inner`` is the end of the content of a select or textarea, ``close`` the place for a field's complaint.
    """

    name: str
    attributes: Attributes
    begin: int
    end: int
    inner: int = 0
    close: int = 0
    options: list["_FormTag"] = field(default_factory=list["_FormTag"])

    @property
    def field_name(self) -> str:
        return self.attributes.get("name") or ""

    @property
    def kind(self) -> str:
        return (self.attributes.get("type") or "text") if self.name == "input" else self.name


@dataclass(slots=True)
class _FormTags:
    """A form with its fields, and the folds (``details``) around it."""

    tag: _FormTag
    folds: Sequence[_FormTag]
    fields: list[_FormTag] = field(default_factory=list[_FormTag])

    def is_meant(self, form: RefusedForm) -> bool:
        """Tell whether this form was sent: several forms may share an address, and their hidden fields then differ."""
        told_apart = [one for one in self.fields if one.kind == "hidden" and one.field_name not in _NEW_EACH_TIME]
        asks = self.tag.attributes
        return (asks.get("method"), asks.get("action")) == ("post", form.action) and all(
            form.given.get(one.field_name, ()) == [one.attributes.get("value") or ""] for one in told_apart
        )


class _FormReader(HTMLParser):
    """A parser that collects the forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.forms: list[_FormTags] = []
        self._lines = [0, *accumulate(len(one) for one in html.split("\n"))]
        self._folds: list[_FormTag] = []
        self._form: _FormTags | None = None
        self._open: _FormTag | None = None
        self.feed(html)
        self.close()

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + line - 1 + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        begin = self._place()
        found = _FormTag(tag, dict(attrs), begin, begin + len(self.get_starttag_text() or ""))
        if tag == "details":
            self._folds.append(found)
        elif tag == "form":
            self._form = _FormTags(found, tuple(self._folds))
            self.forms.append(self._form)
        elif self._form is not None and tag in _FIELDS and found.field_name:
            found.close = found.end
            self._form.fields.append(found)
            self._open = None if tag == "input" else found
        elif tag == "option" and self._open is not None:
            self._open.options.append(found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "details" and self._folds:
            self._folds.pop()
        elif tag == "form":
            self._form = None
        elif self._open is not None and tag == self._open.name:
            self._open.inner = self._place()
            self._open.close = self._open.inner + len(f"</{tag}>")
            self._open = None


@dataclass(frozen=True, slots=True)
class _Replacement:
    """A stretch of a page and what stands in its place."""

    begin: int
    end: int
    text: str


def filled(html: str, form: RefusedForm) -> str | None:
    """Return the page with the form as it was sent, its folds open; None where the page lacks a form to fill."""
    found = next((one for one in _FormReader(html).forms if one.is_meant(form)), None)
    if found is None or all(one.kind in _UNSEEN for one in found.fields):
        return None
    parts, at = list[str](), 0
    for cut in sorted(_cuts(found, form), key=lambda one: (one.begin, one.end)):
        parts += (html[at : cut.begin], cut.text)
        at = cut.end
    return "".join((*parts, html[at:]))


def _cuts(found: _FormTags, form: RefusedForm) -> Iterator[_Replacement]:
    for fold in found.folds:
        yield _Replacement(fold.begin, fold.end, _written(fold, {"open": ""}))
    wrong, elsewhere = _placed(form.wrong, {one.field_name for one in found.fields if one.kind not in _UNSEEN})
    yield _Replacement(found.tag.end, found.tag.end, _HEAD.format(PLACE, form.place, form.complaint(elsewhere)))
    first = next((one.field_name for one in found.fields if one.field_name in wrong), "")
    for one in found.fields:
        focus = one.field_name in wrong and one.field_name == first
        yield from _field(one, form.given.get(one.field_name, ()), wrong.pop(one.field_name, ""), focus=focus)


def _placed(wrong: Mapping[str, str], fields: AbstractSet[str]) -> tuple[dict[str, str], list[str]]:
    """Return the mistakes by field, and the rest. A mistake's field is the last part of its address that is one."""
    at_fields, elsewhere = dict[str, str](), list[str]()
    for at, message in wrong.items():
        parts = [part for part in at.split(".") if part in fields]
        if parts:
            at_fields.setdefault(parts[-1], message)
        else:
            elsewhere.append(f"{at}: {message}" if at else message)
    return at_fields, elsewhere


def _field(one: _FormTag, given: Sequence[str], complaint: str, *, focus: bool) -> Iterator[_Replacement]:
    """Iterate over the changes at a field. With ``focus`` and a complaint, the browser puts the cursor there."""
    changed: Attributes = {}
    if one.kind in _TICKED:
        changed["checked"] = "" if (one.attributes.get("value") or "on") in given else None
    elif one.name == "input" and one.kind not in _NEVER_FILLED:
        changed["value"] = visible(given[0]) if given else ""
    elif one.name == "textarea":
        # Browsers drop a line end at the beginning of a textarea's content, so one is added.
        yield _Replacement(one.end, one.inner, f"\n{escape(visible(given[0]) if given else '')}")
    for option in one.options:
        chosen = "" if option.attributes.get("value") in given else None
        yield _Replacement(option.begin, option.end, _written(option, {"selected": chosen}))
    if complaint:
        note = f"wrong-{one.attributes.get('id') or one.field_name}"
        about = " ".join(filter(None, (one.attributes.get("aria-describedby"), note)))
        changed |= {"aria-invalid": "true", "aria-describedby": about, **({"autofocus": ""} if focus else {})}
        yield _Replacement(one.close, one.close, _NOTE.format(note, complaint))
    if changed:
        yield _Replacement(one.begin, one.end, _written(one, changed))


def _written(tag: _FormTag, changed: Mapping[str, str | None]) -> str:
    """Return a tag with changed attributes; an attribute that is changed to None is left out."""
    kept = {name: value or "" for name, value in tag.attributes.items() if name not in changed}
    all_ = kept | {name: value for name, value in changed.items() if value is not None}
    return f"<{tag.name}{Markup().join(_ATTRIBUTE.format(*one) for one in all_.items())}>"
