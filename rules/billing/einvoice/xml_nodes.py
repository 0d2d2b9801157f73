"""XML as nested calls. An element without content is left out, so that what an invoice does not say has no element."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, tostring

Content = str | Element | Sequence["Content"] | Iterator["Content"] | None


def node(tag: str, *content: Content, **attributes: str | None) -> Element | None:
    """Return an element with a prefixed tag, or None where it would be empty. Serializing escapes the texts."""
    element = Element(tag, {name: value for name, value in attributes.items() if value is not None})
    _fill(element, content)
    return element if len(element) or element.text else None


def root(tag: str, namespaces: dict[str, str], *content: Content) -> bytes:
    """Return a document, in UTF-8. The same content gives the same bytes."""
    element = Element(tag, {f"xmlns:{prefix}" if prefix else "xmlns": urn for prefix, urn in namespaces.items()})
    _fill(element, content)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(element, encoding="utf-8")


def number(value: Decimal) -> str:
    """Return a number without an exponent and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def compact_day(day: date) -> str:
    """Return a day as CII writes it (format 102)."""
    return f"{day:%Y%m%d}"


def _fill(element: Element, content: Iterable[Content]) -> None:
    for one in content:
        if one is None:
            continue
        if isinstance(one, str):
            element.text = (element.text or "") + one
        elif isinstance(one, Sequence | Iterator):
            _fill(element, one)
        else:
            element.append(one)
