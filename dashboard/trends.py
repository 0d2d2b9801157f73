"""Trends: throughput, waits, failures, queues, outside services, alerts and money over time, from stored sums."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.security.principal import Caller
from dashboard.rendering import fields, heat_map, render
from dashboard.rendering.charts import Chart, Series
from dashboard.rendering.heat_map import HeatCell
from db.trends import sources, time_sums
from db.trends.time_sums import TimeSum
from rules import trends
from rules.billing import money
from rules.trends import WINDOWS, Trend, TrendWindow
from tasks.outside import limiter
from wording.messages import _, said

pages: APIRouter = routes.router(include_in_schema=False)

K = TypeVar("K")
Sums = dict[Trend, list[TimeSum]]

_DAY_S: Final = 86400
_MINUTE_S: Final = 60
_NEWEST: Final = 2000
"""Newest attempts, not summed up yet, that are added to the last minutes, at the most."""

_MAPPED: Final = "week"
"""The window whose hours are shown as a map."""
_MOST_LANES: Final = 20
_OF_MAIL: Final = "mail "
"""The beginning of the names of mail lanes in sums."""
_MEDIAN, _MOST = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """The sums of one subject in a window; durations are in seconds."""

    name: str
    number: int
    wrong: int
    median_s: float | None
    most_s: float | None
    """95 of 100 took less."""


@pages.get("/trends")
def over_time(
    request: Request, who: Caller, window: fields.Search = "day", queue: fields.Search = "", task: fields.Search = ""
) -> Response:
    """Show how things went; of one queue or one task where the address names it."""
    chosen = next((one for one in WINDOWS if one.name == window), None)
    if chosen is None:
        names = ", ".join(one.name for one in WINDOWS)
        raise problems.Problem(422, "bad-values", f"window: {window[:40]!r} is none of {names}")
    now = datetime.now(UTC)
    sums, starts = _sums(chosen, now), chosen.starts(now)
    narrowed = _narrowed(sums, queue, task)
    return render.page(
        request,
        "trends/trends.html",
        windows=WINDOWS,
        window=chosen,
        queue=queue,
        task=task,
        charts=[chart for charts in _CHARTS for chart in charts(narrowed, starts)],
        money=_money(sums, chosen, now),
        checks=_checks(sums[Trend.CALLED], now, ZoneInfo(who.zone)) if chosen.name == _MAPPED else None,
        tasks=_measured(sums[Trend.RAN], _total(sums[Trend.FAILED], _by_subject)),
        queues=_measured(sums[Trend.ENDED], Counter()),
        deepest=_highest(sums[Trend.DEPTH], _by_subject),
        oldest=_highest(sums[Trend.OLDEST], _by_subject),
        services=_services(sums[Trend.CALLED]),
        lanes=_lanes(sums[Trend.ASKED], chosen),
    )


def _sums(window: TrendWindow, now: datetime) -> Sums:
    """Return the sums of a window; where its spans are minutes, with the newest attempts, not summed up yet."""
    sums: Sums = {trend: time_sums.of(trend, window, now=now) for trend in Trend}
    if window.span_s == _MINUTE_S:
        newest = sources.newest_attempts(_NEWEST)
        for trend in (Trend.ENDED, Trend.RAN, Trend.FAILED):
            sums[trend] = [*sums[trend], *time_sums.of_samples(newest, trend, window)]
    return sums


def _narrowed(sums: Sums, queue: str, task: str) -> Sums:
    """Return the sums of one queue and of one task; of all of them where none is named."""
    subjects = {Trend.ENDED: queue, Trend.DEPTH: queue, Trend.OLDEST: queue, Trend.RAN: task, Trend.FAILED: task}
    return {trend: _of_subject(found, subjects.get(trend, "")) for trend, found in sums.items()}


@dataclass(frozen=True, slots=True)
class LaneUse:
    """The calls of a lane in a window; ``share`` is their share of what the rate limit allows, None without a limit."""

    name: str
    words: str
    asked: int
    share: float | None
    busiest: float | None
    """The same share in the span with the most calls."""


def _lanes(sums: Sequence[TimeSum], window: TrendWindow) -> list[LaneUse]:
    """Return the lanes that were asked most."""
    asked, most = _total(sums, _by_subject), _highest(sums, _by_subject)
    found = list[LaneUse]()
    for name, number in asked.most_common(_MOST_LANES):
        of_mail = name.startswith(_OF_MAIL)
        lane = limiter.mail_lane_of(name.removeprefix(_OF_MAIL)) if of_mail else limiter.lane_of(name)
        shares = (number * lane.period_s / window.seconds, most[name] * lane.period_s / window.span_s)
        share, busiest = shares if lane.period_s else (None, None)
        found.append(LaneUse(name, said(lane.words), number, share, busiest))
    return found


def _checks(sums: Sequence[TimeSum], now: datetime, zone: ZoneInfo) -> Sequence[tuple[date, Sequence[HeatCell]]]:
    """Return the checks of a week by day and hour of the reader's zone."""
    return heat_map.rows(sums, 7, today=now.astimezone(zone).date(), zone=zone)


def _of_subject(sums: Sequence[TimeSum], subject: str) -> list[TimeSum]:
    return [one for one in sums if not subject or one.subject == subject]


def _ends(sums: Sums, starts: Sequence[datetime]) -> Iterable[Chart]:
    wrong, ran = _total(sums[Trend.FAILED], _by_start), _total(sums[Trend.RAN], _by_start)
    well = Series(_("went well"), "good", [max(0, ran[at] - wrong[at]) for at in starts])
    badly = Series(_("went wrong"), "bad", [wrong[at] for at in starts])
    yield Chart(id="ended", title=_("Attempts that ended"), unit="", starts=starts, series=(well, badly))


def _durations(sums: Sums, starts: Sequence[datetime]) -> Iterable[Chart]:
    for name, title, trend in (
        ("waits", _("Wait before it ran"), Trend.ENDED),
        ("runs", _("Time that it ran"), Trend.RAN),
    ):
        classes = _classes(sums[trend], _by_start)
        most = Series(_("95 of 100 less"), "warn", [trends.percentile(classes[at], _MOST) for at in starts])
        half = Series(_("half of them less"), "going", [trends.percentile(classes[at], _MEDIAN) for at in starts])
        yield Chart(id=name, title=title, unit=_("seconds"), starts=starts, series=(most, half), lines=True)


def _backlog(sums: Sums, starts: Sequence[datetime]) -> Iterable[Chart]:
    depth, oldest = _total(sums[Trend.DEPTH], _by_start), _highest(sums[Trend.OLDEST], _by_start)
    looked = {one.at for one in sums[Trend.DEPTH]}
    deep = Series(_("queued"), "going", [depth[at] if at in looked else None for at in starts])
    old = Series(_("oldest due"), "warn", [oldest[at] if at in looked else None for at in starts])
    yield Chart(id="depth", title=_("Jobs that wait"), unit="", starts=starts, series=(deep,), lines=True)
    yield Chart(id="oldest", title=_("Oldest due job"), unit=_("seconds"), starts=starts, series=(old,), lines=True)


def _calls(sums: Sums, starts: Sequence[datetime]) -> Iterable[Chart]:
    every = _total(sums[Trend.CALLED], _by_start)
    well = _total((one for one in sums[Trend.CALLED] if one.subject.endswith(" ok")), _by_start)
    good = Series(_("ok"), "good", [well[at] for at in starts])
    bad = Series(_("not ok"), "bad", [every[at] - well[at] for at in starts])
    yield Chart(id="called", title=_("Calls of outside services"), unit="", starts=starts, series=(good, bad))
    asked = _total(sums[Trend.ASKED], _by_start)
    questions = Series(_("questions"), "going", [asked[at] for at in starts])
    yield Chart(id="asked", title=_("Questions to registries"), unit="", starts=starts, series=(questions,))


def _alerts(sums: Sums, starts: Sequence[datetime]) -> Iterable[Chart]:
    opened = _total((one for one in sums[Trend.ALERTS] if one.subject in {"opened", "reopened"}), _by_start)
    closed = _total((one for one in sums[Trend.ALERTS] if one.subject in {"resolved", "closed"}), _by_start)
    bad = Series(_("opened"), "bad", [opened[at] for at in starts])
    good = Series(_("closed"), "good", [closed[at] for at in starts])
    yield Chart(id="alerts", title=_("Alerts"), unit="", starts=starts, series=(bad, good))


_CHARTS: Final = (_ends, _durations, _backlog, _calls, _alerts)
"""The makers of the charts, in the order of the page."""


def _money(sums: Sums, window: TrendWindow, now: datetime) -> list[Chart]:
    """Return charts of what was billed and paid, one for each currency; none where spans are shorter than a day."""
    if window.span_s < _DAY_S:
        return []
    starts = window.starts(now)
    currencies = sorted({one.subject for trend in (Trend.BILLED, Trend.PAID) for one in sums[trend]})
    return [
        Chart(
            id=f"money-{currency.lower()}",
            title=_("Money in {currency}", currency=currency),
            unit=currency,
            starts=starts,
            lines=True,
            series=tuple(
                Series(label, shade, _amounts(_of_subject(sums[trend], currency), currency, starts))
                for label, shade, trend in (("billed", "going", Trend.BILLED), ("paid", "good", Trend.PAID))
            ),
        )
        for currency in currencies
    ]


def _amounts(sums: Sequence[TimeSum], currency: str, starts: Sequence[datetime]) -> list[float | None]:
    by_start, whole = _total(sums, _by_start), 10 ** money.minor_digits(currency)
    return [max(0, by_start[at]) / whole for at in starts]


_by_start: Final = attrgetter("at")
_by_subject: Final = attrgetter("subject")


def _total(sums: Iterable[TimeSum], key: Callable[[TimeSum], K]) -> Counter[K]:
    found: Counter[K] = Counter()
    for one in sums:
        found[key(one)] += one.number
    return found


def _highest(sums: Iterable[TimeSum], key: Callable[[TimeSum], K]) -> Counter[K]:
    found: Counter[K] = Counter()
    for one in sums:
        found[key(one)] = max(found[key(one)], one.number)
    return found


def _classes(sums: Iterable[TimeSum], key: Callable[[TimeSum], K]) -> dict[K, Counter[int]]:
    """Return the counts by key and class of duration; sums without a class are left out."""
    found: defaultdict[K, Counter[int]] = defaultdict(Counter)
    for one in sums:
        if one.duration_class >= 0:
            found[key(one)][one.duration_class] += one.number
    return found


def _measured(sums: Sequence[TimeSum], wrong: Counter[str]) -> list[Measured]:
    numbers, classes = _total(sums, _by_subject), _classes(sums, _by_subject)
    return [
        Measured(
            name,
            numbers[name],
            wrong[name],
            trends.percentile(classes[name], _MEDIAN),
            trends.percentile(classes[name], _MOST),
        )
        for name in sorted(numbers)
    ]


def _services(sums: Sequence[TimeSum]) -> list[Measured]:
    """Return the services, each with its calls of all outcomes."""
    named = [TimeSum(one.subject.rpartition(" ")[0], one.at, one.duration_class, one.number) for one in sums]
    wrong = [
        TimeSum(one.subject.rpartition(" ")[0], one.at, -1, one.number)
        for one in sums
        if not one.subject.endswith(" ok")
    ]
    return _measured(named, _total(wrong, _by_subject))
