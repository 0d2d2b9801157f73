"""Which tellings make one mail, and which alerts are one line of it: "142 certificates of one issuer".

A recipient gets at most one mail in ``BETWEEN_MAILS``, or in the time that the settings say. What becomes due meanwhile
goes into the next mail.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules.checks.alarms import Urgency

BETWEEN_MAILS: Final = timedelta(minutes=5)

SETTLES: Final = timedelta(seconds=10)
"""How long a due telling waits for others, so that a storm's first alert is no mail of its own."""

LONGEST_WAIT: Final = timedelta(minutes=1)
"""How long it waits at the most, while others keep coming."""

STORM: Final = 3
"""From this number on, alerts of one kind and cause are one line of a mail."""

BANNER: Final = 10
"""From this number on, such alerts that came within ``BANNER_WITHIN`` are one banner of a page."""

BANNER_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """What grouping needs to know of an alert. ``group`` names the storm that it may be part of; empty: none."""

    id: int
    kind: str
    group: str
    urgency: Urgency
    stage: int | None


@dataclass(frozen=True, slots=True)
class Storm:
    """Alerts of one kind and cause, or one alone; the gravest first."""

    kind: str
    group: str
    urgency: Urgency
    alert_ids: tuple[int, ...]


def next_mail_at(
    first_due: datetime, last_due: datetime, *, last_mail_at: datetime | None, between: timedelta = BETWEEN_MAILS
) -> datetime:
    """Return when a recipient is mailed the tellings that became due between two moments, if no more come until then.

    ``last_mail_at`` is when they were mailed last, ``between`` how far apart their mails are at the least.
    """
    settled_at = min(last_due + SETTLES, first_due + LONGEST_WAIT)
    return settled_at if last_mail_at is None else max(settled_at, last_mail_at + between)


def storms(alerts: Sequence[ToldAlert]) -> list[Storm]:
    """Return alerts in lines, the gravest and largest first; fewer than ``STORM`` of one cause stand alone."""
    of_cause: defaultdict[tuple[str, str], list[ToldAlert]] = defaultdict(list)
    for one in sorted(alerts, key=_pressing):
        of_cause[one.kind, one.group].append(one)
    lines: list[Storm] = []
    for (kind, group), found in of_cause.items():
        together = [found] if len(found) >= STORM else [[one] for one in found]
        lines += [Storm(kind, group, some[0].urgency, tuple(one.id for one in some)) for some in together]
    return sorted(lines, key=lambda line: (-line.urgency, -len(line.alert_ids), line.alert_ids))


def _pressing(one: ToldAlert) -> tuple[int, int, int]:
    return -one.urgency, one.stage if one.stage is not None else -1, one.id
