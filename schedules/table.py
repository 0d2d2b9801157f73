"""The whole timetable on one screen. What staff change (times, zone, pause) is a row that overrides a line here.

What runs at most once an hour has a minute off the full hour, when everybody else's jobs start.
"""

from dataclasses import dataclass
from enum import StrEnum

from schedules.cron import Cron


class CatchUp(StrEnum):
    """What becomes of due moments at which no scheduler ran."""

    ONCE = "run once"  # the newest is fired, the others count as coalesced
    EACH = "run each"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A schedule: which task is due when, in which zone, and about how long it takes."""

    name: str
    task: str
    cron: Cron
    catch_up: CatchUp
    expected_s: int


TIMETABLE = (
    #    name            task                       cron                      zone    missed          takes
    ScheduleLine("domains",      "domains.check_due",       Cron("17 * * * *",        "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("dns",          "dns.read_all",            Cron("31 1 * * *",        "UTC"), CatchUp.ONCE,   1800),
    ScheduleLine("certificates", "certificates.scan_due",   Cron("*/5 * * * *",       "UTC"), CatchUp.ONCE,    120),
    ScheduleLine("ownership",    "ownership.check_due",     Cron("9-59/15 * * * *",   "UTC"), CatchUp.ONCE,    120),
    ScheduleLine("invoices",     "invoices.bill_all",       Cron("7 5 * * *",         "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("reminders",    "dunning.remind_all",       Cron("47 6 * * *",        "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("payments",     "webhooks.poll",           Cron("13 * * * *",        "UTC"), CatchUp.ONCE,     60),
    ScheduleLine("vat-ids",      "vat_id_checks.check_all", Cron("29 2 3 * *",        "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("alerts",       "alerts.tell_all",         Cron("*/10 * * * *",      "UTC"), CatchUp.ONCE,     60),
    ScheduleLine("notices",      "client_notices.notify_all", Cron("27 * * * *",       "UTC"), CatchUp.ONCE,     60),
    ScheduleLine("reports",      "client_reports.make_all", Cron("37 * 1-10 * *",      "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("virus-scans",  "virus_scans.scan_due",    Cron("3-59/10 * * * *",   "UTC"), CatchUp.ONCE,    120),
    ScheduleLine("previews",     "previews.make_missing",   Cron("41 * * * *",        "UTC"), CatchUp.ONCE,    120),
    ScheduleLine("bounces",      "bounces.fetch",           Cron("*/5 * * * *",       "UTC"), CatchUp.ONCE,     60),
    ScheduleLine("audit",        "audit.seal",              Cron("* * * * *",         "UTC"), CatchUp.ONCE,      1),
    ScheduleLine("trends",       "trends.sum_up",           Cron("* * * * *",         "UTC"), CatchUp.ONCE,      1),
    ScheduleLine("pings",        "pings.tell_all",          Cron("* * * * *",         "UTC"), CatchUp.SKIP,      1),
    ScheduleLine("removal",      "removal.remove",          Cron("41 3 * * *",        "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("incoming",     "direct_uploads.clear",    Cron("53 * * * *",        "UTC"), CatchUp.ONCE,     60),
    ScheduleLine("retention",    "retention.prune",         Cron("23 4 * * *",        "UTC"), CatchUp.ONCE,    600),
    ScheduleLine("bootstrap",    "domains.refresh_servers", Cron("11 1 * * mon",      "UTC"), CatchUp.ONCE,     60),
)  # fmt: skip
