"""Maintenance windows: nobody is told of a thing while it is worked on; what is still open afterwards is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rules.checks.subjects import Subject

LONGEST: Final = timedelta(days=31)
"""A window that is forgotten must end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A time in which nobody is told of a client, a domain (with its client's endpoints below it) or an endpoint."""

    id: int
    subject: Subject
    host: str
    """The domain's name; empty for others."""
    begins_at: datetime
    ends_at: datetime
    reason: str = ""
    made_by: str = ""

    def covers(self, subject: Subject, host: str) -> bool:
        """Tell whether this window covers a subject; ``host`` is its domain's name or its host, empty for others."""
        if self.subject.kind == "client":
            return subject.client_id == self.subject.id
        if (subject.kind, subject.id) == (self.subject.kind, self.subject.id):
            return True
        return (
            self.subject.kind == "domain"
            and subject.kind == "endpoint"
            and subject.client_id == self.subject.client_id
            and (host == self.host or host.endswith(f".{self.host}"))
        )


def silent_until(windows: Iterable[MaintenanceWindow], subject: Subject, host: str, *, at: datetime) -> datetime:
    """Return the first moment, from ``at`` on, at which a subject may be told of; windows may follow on one another."""
    until = at
    for one in sorted(windows, key=lambda window: window.begins_at):
        if one.begins_at <= until < one.ends_at and one.covers(subject, host):
            until = one.ends_at
    return until
