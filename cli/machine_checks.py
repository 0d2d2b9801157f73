"""Checks of what Nolapse runs on: its folders, the database, the clock, proxies."""

from datetime import UTC, datetime
from ipaddress import ip_network

import settings
from cli.check_results import NAMED, CheckResult, CheckVerdict, fail, ok, warn
from db.ledger import health, leases, schedules
from settings import disk_space
from settings import home as home_folder
from workers import history_notes

_SKEW_S = 2


def home() -> CheckResult:
    """Check whether other users of this machine may read our files."""
    seen = home_folder.exposed(settings.current().home)
    if seen:
        names = ", ".join(str(path) for path in seen[:NAMED])
        return warn(
            "home",
            f"other users of this machine may read {names}{' and more' if len(seen) > NAMED else ''}",
            "Run `chmod -R go= " + str(settings.current().home) + "`, or start Nolapse as the user who owns it.",
        )
    return ok("home", "nobody else on this machine may read it")


def disks() -> CheckResult:
    """Check whether the disks of our folders have room."""
    spaces = disk_space.of(*settings.current().folders)
    little = [one for one in spaces if one.is_little]
    if little:
        words = ", ".join(f"{one.free // 1_000_000} MB where {one.folder} lies" for one in little)
        none = any(one.is_none for one in little)
        return CheckResult(
            "disk",
            CheckVerdict.FAIL if none else CheckVerdict.WARN,
            f"little room is left: {words}",
            "Make room. What cannot be written is tried again; nothing is lost meanwhile.",
        )
    return ok("disk", "there is room on each")


def writes() -> CheckResult:
    """Check whether the database takes writes."""
    if refused := health.refuses_writes():
        return fail("database", f"it takes no writes: {refused}", "Make room, or let it be written to.")
    return ok("database", "it answers and takes writes")


def history() -> CheckResult:
    """Check whether the database is behind its noted ledger history, as it is after a restore."""
    if history_notes.is_behind():
        return fail("history", str(history_notes.DatabaseRestored()), "docs/operate.md, Backups, says more.")
    return ok("history", "the database is not older than what was done")


def migrations(pending: list[str]) -> CheckResult:
    """Check whether migrations are pending."""
    if pending:
        return fail("migrations", f"not applied: {', '.join(pending)}", "Run `nolapse migrate`.")
    return ok("migrations", "the schema is current")


def clock() -> CheckResult:
    """Check whether this machine's clock and the database's agree."""
    skew = abs((schedules.now() - datetime.now(UTC)).total_seconds())
    if skew > _SKEW_S:
        return warn("clock", f"this machine and the database differ by {skew:.1f} s", "Run a time service on both.")
    return ok("clock", "this machine and the database agree")


def proxy() -> CheckResult:
    """Check whether a proxy that is not trusted was seen to forward requests."""
    if address := leases.holder(leases.UNTRUSTED_PROXY):
        return warn(
            "proxy",
            f"{address} forwards requests and is not trusted: all who come through it count as one",
            f"Set NOLAPSE_TRUSTED_PROXIES={ip_network(address)}; docs/operate.md, Behind a proxy, says more.",
        )
    return ok("proxy", "none that is not trusted was seen within a day")
