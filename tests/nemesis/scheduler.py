"""The scheduler with the product's own timetable, and one line more that fires each minute, also what was missed."""

from schedules.cron import Cron
from schedules.table import TIMETABLE, CatchUp, ScheduleLine
from workers import scheduler

EACH_MINUTE = ScheduleLine("nemesis", "tasks.fire", Cron("* * * * *", "UTC"), CatchUp.EACH, 1)


def main() -> None:
    """Run it until told to stop."""
    scheduler.TIMETABLE = (*TIMETABLE, EACH_MINUTE)
    scheduler.main()
