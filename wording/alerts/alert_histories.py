"""What happened to an alert, in sentences."""

from typing import Protocol

from rules.alerts.life import AlertEventKind
from wording.messages import _, ngettext


class HistoryEntry(Protocol):
    """An event of an alert, as far as its sentence needs it."""

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
    """Return an event as a sentence, without a full stop."""
    stage = (
        ""
        if entry.stage is None
        else _(": the end has passed")
        if entry.stage == 0
        else _(": {days} left", days=_days(entry.stage))
    )
    return _(_SENTENCES[entry.kind]).format(actor=entry.actor or _("somebody"), stage=stage)


def _days(stage: int) -> str:
    return ngettext("{number} day", "at most {number} days", stage)


def news(words: str) -> str:
    """Return the news of an alert in words, from its stored form: that it opened, or which stage it reached."""
    stage = words.removeprefix("stage ")
    if stage == words or not stage.isdigit():
        return _(words)
    return _("the end has passed") if stage == "0" else _("{days} left", days=_days(int(stage)))
