"""The scheduler's own process with a timetable of the tests'."""

from schedules.cron import Cron
from schedules.table import CatchUp, ScheduleLine
from workers import scheduler

_SELDOM = Cron("0 0 29 2 *", "UTC")
"""So that nothing fires in a test that did not ask for it: the tests that do override the cron."""

TIMETABLE = (
    ScheduleLine("each", "tasks.fire", _SELDOM, CatchUp.EACH, 1),
    ScheduleLine("once", "tasks.fire", _SELDOM, CatchUp.ONCE, 1),
)


def main() -> None:
    """Run the scheduler over it until told to stop."""
    scheduler.TIMETABLE = TIMETABLE
    scheduler.main()
