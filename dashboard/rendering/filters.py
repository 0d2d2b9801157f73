"""Filters of the templates: values as markup. ``Markup.format`` escapes its arguments."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import cycle
from typing import Any

from babel.dates import format_date
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from dashboard.rendering import charts, formatting, links
from db.paging import Count
from db.portfolio.alert_lists import AlertStorm
from db.portfolio.endpoint_lists import PastScan
from rules.billing import money
from rules.billing.money import Money
from rules.certificates import matrix
from rules.certificates.finding import ChainLink, Grade
from rules.trends import TrendWindow
from wording import fragments, kinds, messages, time_spans
from wording.alerts import alert_histories, alert_sentences
from wording.billing import intervals
from wording.certificates import certificate_facts
from wording.certificates.remediation import REMEDIATION
from wording.jobs import why_waiting
from wording.messages import LANGUAGES, _, language

_DAY_S = 86400
_ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)")


@pass_context
def _ago(context: Context, at: datetime | None, otherwise: str = "") -> Markup | str:
    if at is None:
        return otherwise or _("never")
    shown = formatting.ago(at, now=context["now"])
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
        at.isoformat(), formatting.hover(at, context["zone"]), shown
    )


@pass_context
def _day(context: Context, value: date) -> Markup:
    """Show a day; a moment is shown as its day in the reader's zone."""
    if not isinstance(value, datetime):
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), formatting.day(value))
    shown = formatting.day(value.astimezone(context["zone"]))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), formatting.full(value), shown)


@pass_context
def _moment(context: Context, at: datetime | None, otherwise: str = "") -> Markup | str:
    if at is None:
        return otherwise or _("never")
    shown = formatting.full(at, context["zone"])
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), formatting.full(at), shown)


@pass_context
def _clock(context: Context, at: datetime) -> Markup:
    """Show the time of day in the reader's zone, with the date where that is not today."""
    zone, now = context["zone"], context["now"]
    there = at.astimezone(zone)
    written = f"{there:%H:%M}" if there.date() == now.astimezone(zone).date() else f"{there:%Y-%m-%d %H:%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        there.isoformat(), formatting.hover(at, zone), written
    )


def _storm_line(number: str, storm: AlertStorm) -> str:
    return alert_sentences.storm_banner(storm.kind, storm.storm, number)


@pass_context
def _left(context: Context, end: datetime | date | None, otherwise: str = "") -> Markup:
    """Show what is left until an end, as a word and a colour."""
    if end is None:
        return Markup('<span class="left left-none">{}</span>').format(otherwise or _("not known"))
    now: datetime = context["now"]
    at = end if isinstance(end, datetime) else datetime(end.year, end.month, end.day, tzinfo=UTC)
    hover = formatting.hover(at, context["zone"]) if isinstance(end, datetime) else formatting.full(at)
    return Markup('<time class="left left-{}" datetime="{}" title="{}">{}</time>').format(
        formatting.urgency(at, now=now), at.isoformat(), hover, formatting.left(at, now=now)
    )


@pass_context
def _span_start(context: Context, at: datetime, window: TrendWindow) -> str:
    """Show the beginning of a span: the time in the reader's zone, or the day in UTC for spans of a day or more."""
    if window.span_s >= _DAY_S:
        return formatting.day(at)
    there = at.astimezone(context["zone"])
    weekday = f"{format_date(there, 'EEE', locale=language())} " if window.name == "week" else ""
    return f"{weekday}{there:%H:%M}"


def _dated(text: str) -> Markup:
    """Show a sentence with its dates in the reader's notation; a date does not break at a line's end."""
    parts = _ISO_DAY.split(formatting.visible(text))
    return _marked([_own_day(one) if place % 2 else one for place, one in enumerate(parts)], "<time>{}</time>")


def _own_day(written: str) -> str:
    try:
        return formatting.day(date.fromisoformat(written))
    except ValueError:  # a number from outside that only looks like a date
        return written


def _coded(text: str) -> Markup:
    """Show the text between backticks as code."""
    return _marked(formatting.visible(text).split("`"), "<code>{}</code>")


def _marked(parts: list[str], markup: str) -> Markup:
    """Join the parts of a text; put every second part into the markup."""
    return Markup("").join(
        Markup(markup).format(part) if odd else escape(part)  # noqa: S704 - our own constants
        for odd, part in zip(cycle((0, 1)), parts)
    )


@pass_context
def _lived(context: Context, link: ChainLink) -> float | None:
    return matrix.lived(link, now=context["now"])


def _number(value: Count | float) -> Markup:
    if isinstance(value, Count):
        number = formatting.number(value.number)
        return escape(_("more than {number}", number=number) if value.more else number)
    return escape(formatting.number(value))


def _money(value: Money) -> str:
    return money.display(value, language())


def _minor(value: int, currency: str, spoken: str = "") -> str:
    return money.display(Money(value, currency), spoken or language())


def _percent(basis_points: int) -> str:
    return money.percent(basis_points, language())


def _in_sentence(title: str) -> str:
    """Return a title as it stands inside a sentence; German keeps the capitals of its nouns."""
    return kinds.in_sentence(title) if language() == "en" else title


def _quantity(value: Decimal) -> str:
    return formatting.plain(value)


def _graded(grade: Grade) -> str:
    return _(certificate_facts.GRADES[grade])


def _scanned(scan: PastScan) -> str:
    """Return a scan's result: in English its stored message, in another language the titles of its faults."""
    if language() == LANGUAGES[0]:
        return scan.message
    return "; ".join(_(REMEDIATION[one].title) for one in scan.faults) or _("nothing wrong")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "ago": _ago,
    "moment": _moment,
    "clock": _clock,
    "storm_line": _storm_line,
    "left": _left,
    "span_start": _span_start,
    "figure": charts.said,
    "day": _day,
    "long_day": formatting.long_day,
    "headline": alert_sentences.headline,
    "facts": alert_sentences.facts,
    "said": messages.said,
    "news": alert_histories.news,
    "dated": _dated,
    "times": formatting.times,
    "took": formatting.took,
    "rate": formatting.rate,
    "size": formatting.size,
    "number": _number,
    "money": _money,
    "minor": _minor,
    "interval": intervals.said,
    "quantity": _quantity,
    "percent": _percent,
    "titled": kinds.titled,
    "stage": kinds.stage,
    "within": _in_sentence,
    "beginning": fragments.capitalized,
    "changed": kinds.changed,
    "coded": _coded,
    "hsts": certificate_facts.hsts,
    "scanned": _scanned,
    "severity": kinds.severity,
    "grade_shade": formatting.grade_shade,
    "graded": _graded,
    "called": certificate_facts.called,
    "named": certificate_facts.named,
    "which_of": certificate_facts.label,
    "lived": _lived,
    "args": links.arguments,
    "why": why_waiting.why,
    "duration": time_spans.duration,
}
"""The name of each in a template -> its function."""
