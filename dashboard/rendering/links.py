"""Addresses of pages: every id on a page is a link to the page of its thing."""

import json
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlencode

from markupsafe import Markup, escape

from dashboard.rendering import formatting
from db.portfolio.alerts import Alert
from wording.messages import _

_PAGES: Final = {
    "domain": "/domains",
    "endpoint": "/endpoints",
    "client": "/clients",
    "invoice": "/invoices",
    "subscription": "/subscriptions",
    "billing_item": "/billing-items",
    "mail": "/mail",
    "document": "/documents",
    "run": "/runs",
    "job": "/jobs",
}
_LONGEST: Final = 80


def address(path: str, **params: object) -> str:
    """Return an address with the parameters that are not empty; an underscore at a name's end is dropped."""
    given = {name.rstrip("_"): value for name, value in params.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def about(alert: Alert) -> str:
    """Return the address of the page of an alert's subject."""
    kind, _, task = alert.kind.partition(":")
    if task:
        return address("/dead", state=kind.removeprefix("jobs_"), task=task)
    if alert.subject.kind in _PAGES:
        return f"{_PAGES[alert.subject.kind]}/{alert.subject.id}"
    return address("/alerts", kind=alert.kind)


def arguments(args: str | Mapping[str, object]) -> Markup:
    """Show a job's arguments, each id as a link to what it names."""
    given = cast("Mapping[str, object]", json.loads(args)) if isinstance(args, str) else args
    return Markup(", ").join(_argument(name, value) for name, value in given.items()) or escape(_("none"))


def _argument(name: str, value: object) -> Markup:
    noun = name.removesuffix("_id")
    if name.endswith("_id") and noun in _PAGES and isinstance(value, int):
        # Markup.format escapes its arguments.
        return Markup('<a href="{}/{}">{} {}</a>').format(_PAGES[noun], value, noun, value)
    shown = formatting.visible(str(value))
    cut = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "\N{HORIZONTAL ELLIPSIS}"
    return Markup("{}={}").format(formatting.visible(name), cut)
