"""Retention: what is old enough goes, by the settings, in small batches.

Promise: local and convergent. An interrupted pruning goes on where it was.
"""

import time
from pathlib import Path

import structlog

import settings
from db import retention
from db.trends import time_sums
from tasks.engine.context import fenced
from tasks.engine.task import Queue, task

log = structlog.get_logger()


@task(Queue.DEFAULT, attempts=3, deadline_s=1800, unique=())
def prune() -> None:
    """Remove what is older than the settings keep: of jobs, checks, mail, alerts, access and measurements."""
    for what, days in _ages().items():
        taken = _prune_all(what, days)
        if taken:
            log.info("pruned", what=what, rows=taken)
    _prune_sums()
    _prune_sandbox_mail(settings.current().home / "sandbox-mail", settings.current().keep_sandbox_mail_days)


def _ages() -> dict[str, int]:
    config = settings.current()
    return {
        "jobs": config.keep_jobs_days,
        "runs": config.keep_jobs_days,
        "lookups": config.keep_jobs_days,
        "workers": config.keep_jobs_days,
        "effects": config.keep_jobs_days,
        "signed_links": config.keep_answers_days,
        "alert_deliveries": config.keep_answers_days,
        "alert_tellings": config.keep_answers_days,
        "alerts": config.keep_scans_days,
        "raw_answers": config.keep_answers_days,
        "scans": config.keep_scans_days,
        "downloads": config.keep_measurements_days,
        "measurements": config.keep_measurements_days,
        "lanes": config.keep_measurements_days,
    }


def _prune_all(what: str, days: int) -> int:
    total = 0
    while True:
        with fenced():
            taken = retention.prune(what, older_than_days=days)
        total += taken
        if taken < retention.BATCH:
            return total


def _prune_sums() -> None:
    taken = retention.BATCH
    while taken >= retention.BATCH:
        with fenced():
            taken = time_sums.prune(limit=retention.BATCH)


def _prune_sandbox_mail(folder: Path, days: int) -> None:
    oldest = time.time() - days * 86400
    for mail in folder.glob("*.eml"):
        if mail.stat().st_mtime < oldest:
            mail.unlink(missing_ok=True)
