"""What happened to an alert, in sentences."""

from typing import Protocol

from rules.alerts.life import AlertEventKind


class HistoryEntry(Protocol):
    """What a sentence asks of an event."""

    @property
    def kind(self) -> AlertEventKind: ...
    @property
    def stage(self) -> int | None: ...
    @property
    def actor(self) -> str: ...


_SENTENCES = {
    AlertEventKind.OPENED: "Opened{stage}",
    AlertEventKind.STAGED: "Came nearer{stage}",
    AlertEventKind.ACKNOWLEDGED: "{actor} sees to it",
    AlertEventKind.SNOOZED: "{actor} put it off",
    AlertEventKind.NOTED: "{actor} noted",
    AlertEventKind.RESOLVED: "Its cause is gone",
    AlertEventKind.CLOSED: "{actor} closed it",
    AlertEventKind.REOPENED: "Its cause is back{stage}",
}


def sentence(entry: HistoryEntry) -> str:
    """Return what an event was, without a full stop."""
    stage = (
        "" if entry.stage is None else ": the end has passed" if entry.stage == 0 else f": {_days(entry.stage)} left"
    )
    return _SENTENCES[entry.kind].format(actor=entry.actor or "somebody", stage=stage)


def _days(stage: int) -> str:
    return "1 day" if stage == 1 else f"at most {stage} days"
