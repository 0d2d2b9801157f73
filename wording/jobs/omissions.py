"""Omissions in a line for people, and what to do about them."""

from rules.jobs.omissions import Missed, MissedKind

_NAMED = 3

_LINES = {
    MissedKind.SCHEDULER: "No scheduler leads: nothing falls due, nothing is tried again",
    MissedKind.SCHEDULES: "Schedules are overdue: {named}",
    MissedKind.WORKERS: "Jobs wait and no worker is alive",
    MissedKind.JOBS: "Jobs wait for more than 15 minutes in {named}",
    MissedKind.DEAD: "{named} jobs died within an hour",
    MissedKind.LANES: "Look-ups are held up for hours by {named}",
    MissedKind.OUTBOX: "Mails wait in the outbox and none goes out",
    MissedKind.SCANS: "No endpoint of this client was scanned within 26 hours",
}

_ADVICE = {
    MissedKind.SCHEDULER: "Start `nolapse up` or `nolapse scheduler`.",
    MissedKind.SCHEDULES: "See whether the scheduler runs, and what it logs.",
    MissedKind.WORKERS: "Start `nolapse up` or `nolapse worker`.",
    MissedKind.JOBS: "Run more workers or threads of the queue, or see what holds these.",
    MissedKind.DEAD: "See what they have in common; once that is mended, `nolapse jobs retry --state dead --since 2h`.",
    MissedKind.LANES: "They go on by themselves; see docs/lanes.md.",
    MissedKind.OUTBOX: "See what the providers of mail say: `nolapse doctor --outside`.",
    MissedKind.SCANS: "See what its endpoints' jobs say, and whether the queue `scan` has threads.",
}


def line(one: Missed) -> str:
    """Return an omission in one line."""
    more = f" and {len(one.named) - _NAMED} more" if len(one.named) > _NAMED else ""
    return _LINES[one.kind].format(named=", ".join(one.named[:_NAMED]) + more)


def advice(one: Missed) -> str:
    """Return what to do about an omission."""
    return _ADVICE[one.kind]
