"""Messages about alerts for channels: lines that link to each alert, and the same as data for programs."""

from collections.abc import Sequence
from datetime import datetime

import settings
from db.portfolio.alerts import Alert
from rules.alerts.alert_channels import ChannelMessage
from tasks.alerts import alert_letters

TOLD = "alerts.told"
TEST = "channel.test"

_MOST_LINES = 10
_MOST_IN_DATA = 40
_LONGEST_TITLE = 200
_LONGEST_BODY = 1800
"""Characters; what most services show whole."""


def compose(alerts: Sequence[Alert]) -> ChannelMessage:
    """Return the message that tells of these alerts; several of one cause are one line."""
    lines = alert_letters.lines(alerts)
    shown = [f"{one.text}{f' ({one.note})' if one.note else ''}\n{one.link}" for one in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"and {len(lines) - _MOST_LINES} more: {alert_letters.link('/alerts')}")
    title = lines[0].text if len(lines) == 1 else f"{len(alerts)} alerts: {lines[0].text}"
    return ChannelMessage(
        title=title[:_LONGEST_TITLE],
        body="\n".join(shown)[:_LONGEST_BODY],
        kind=TOLD,
        data={
            "alerts": [_as_data(one) for one in alerts[:_MOST_IN_DATA]],
            "more": max(0, len(alerts) - _MOST_IN_DATA),
            "url": alert_letters.link("/alerts"),
        },
    )


def test(channel: str, *, asked_by: str, at: datetime) -> ChannelMessage:
    """Return a message that tells of nothing but itself."""
    return ChannelMessage(
        title="Nolapse: a test",
        body=f"{asked_by} tries the channel {channel}. Nothing is wrong. {settings.current().link_url}",
        kind=TEST,
        data={"channel": channel, "asked_by": asked_by, "asked_at": at.isoformat()},
    )


def _as_data(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "urgency": alert.urgency.name.lower(),
        "stage": alert.stage,
        "headline": alert.headline,
        "subject": {"kind": alert.subject.kind, "id": alert.subject.id},
        "client": {"id": alert.subject.client_id, "name": alert.client_name} if alert.subject.client_id else None,
        "opened_at": alert.opened_at.isoformat(),
        "url": alert_letters.link(f"/alerts/{alert.id}"),
    }
