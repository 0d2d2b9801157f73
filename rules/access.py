"""The vocabulary of access: what a person may do (role), and what an API token may be used for (scope)."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role may do what those before it may."""

    VIEWER = "viewer"  # reads
    BILLING = "billing"
    OPERATOR = "operator"  # triggers, retries, cancels, pauses; adds and changes the portfolio
    ADMIN = "admin"
    OWNER = "owner"  # removes, reads the audit trail

    def covers(self, needed: "Role") -> bool:
        """Tell whether who has this role may do what ``needed`` asks for."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Scope(StrEnum):
    """What an API token may be used for, within its owner's role."""

    READ = "read"
    WORK = "work"  # trigger, retry, cancel, schedules
    PORTFOLIO = "portfolio"  # add, change and remove clients, domains, endpoints
    METRICS = "metrics"
