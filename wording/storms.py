"""Many alerts of one kind and cause in one line."""

from wording import kinds


def line(kind: str, group: str, number: int) -> str:
    """Return the line of so many alerts: ``142 endpoints with a fault (R11)``."""
    return f"{number:,} {kinds.alerts(kind)}{f' ({group})' if group else ''}"


def banner(kind: str, group: str, number: str) -> str:
    """Return the headline of a storm: ``142 endpoints with a fault``, and what they share."""
    return f"{number} {kinds.alerts(kind)}{f', all of them: {group}' if group else ''}"
