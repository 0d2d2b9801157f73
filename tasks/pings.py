"""Pings: tell monitors outside that schedules began, and how they ended. A monitor that hears nothing raises an alarm.

    the newest firing of each schedule, its run or job ──rules──> start, success, fail ──> an address, Sentry

Promise: at least once. A ping is noted after it was sent; to send it twice does no harm.
"""

from urllib.parse import urlsplit

import structlog

import settings
from db.ledger import jobs, leases, runs, schedules
from db.ledger.schedules import Firing
from integrations import ping
from integrations.errors import IntegrationError
from rules.jobs import NEED_A_PERSON, UNFINISHED
from rules.jobs import pings as rules
from rules.jobs.pings import PingWord
from settings import reports
from tasks import outside
from tasks.engine.context import completing
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, task
from tasks.outside import rate_limits

log = structlog.get_logger()


@task(Queue.DEFAULT, attempts=1, deadline_s=600, unique=(), of_no_run=True)
def tell_all() -> None:
    """Send the pings of every schedule that has an address in the settings, and Sentry's."""
    config = settings.current()
    watched = [*config.ping_urls, *((one for one in _all() if one not in config.ping_urls) if _to_sentry() else ())]
    for name, firing in schedules.last_firings(watched).items():
        _tell(name, firing)
    with completing():
        pass


def _all() -> list[str]:
    return sorted(schedules.overrides())


def _to_sentry() -> bool:
    config = settings.current()
    return config.sentry_check_ins and config.sentry_dsn is not None


def _tell(name: str, firing: Firing) -> None:
    """Send the ping of one schedule, if one is due; a ping that fails is sent again a minute later."""
    begun = f"{firing.due_at.isoformat()} "
    before = leases.remembered(f"ping {name}") or ""
    told = PingWord(before.removeprefix(begun)) if before.startswith(begun) else None
    state = _state(firing)
    word = rules.due(ended=state[0], bad=state[1], told=told) if state else None
    if word is None:
        return
    try:
        _pinged(name, word)
    except (IntegrationError, Parked) as error:
        log.warning("ping_failed", schedule=name, error=settings.scrub(str(error)))
        return
    if _to_sentry():
        reports.check_in(name, word)
    leases.remember(f"ping {name}", f"{begun}{word}")


def _pinged(name: str, word: PingWord) -> None:
    url = settings.current().ping_urls.get(name)
    if url is None:
        return
    address = url.get_secret_value().rstrip("/")
    with rate_limits.for_channel()(ping.SERVICE, f"ping {urlsplit(address).netloc}"):
        ping.send(f"{address}{rules.suffix(word)}", guard=outside.guard())


def _state(firing: Firing) -> tuple[bool, bool] | None:
    """Return whether what a firing led to has ended, and badly; None where it led to nothing that is still there."""
    if firing.run_id is not None:
        run = runs.get(firing.run_id)
        return (run.finished_at is not None, bool(run.bad)) if run else None
    job = jobs.get(firing.job_id) if firing.job_id else None
    return (job.state not in UNFINISHED, job.state in NEED_A_PERSON) if job else None
