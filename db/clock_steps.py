"""Repairs after a clock that was ahead: times that would bind longer than they were meant to are moved back.

A machine that starts with a wrong clock, or is set by hand, writes moments that lie days ahead. Once the clock is
right, what waits for such a moment would wait for as long as the clock was ahead. A row that says when it was written
is moved by as much as it was written ahead: what was to wait a minute waits a minute from now.
"""

from dataclasses import dataclass

from db import connection

SLACK_S = 60.0
"""Machines whose clocks differ by less are not held to be ahead of each other."""

_ANNOUNCED_S = 900.0
"""No announcement counts for longer: settings allow a lease of a minute, which doubles four times."""

_REASON = "the clock was ahead: what it had decided of later moments was taken back"

_LOOKED = {
    "domain_state": ("domain_id", "checked_at", "next_look_at"),
    "endpoint_state": ("endpoint_id", "checked_at", "next_scan_at"),
    "domain_ownership": ("domain_id", "checked_at", "next_check_at"),
}
"""Tables of things that are checked again: the columns of the key, of when a row was written, and of its next check."""


@dataclass(frozen=True, slots=True)
class Mended:
    """How much lay ahead: schedules that were decided, jobs, and things to be checked again."""

    schedules: int
    jobs: int
    checks: int

    def __bool__(self) -> bool:
        return bool(self.schedules or self.jobs or self.checks)


def mend(*, claim_s: float) -> Mended:
    """Bring back whatever lies further ahead than it may, in one transaction. ``claim_s`` is how long a claim holds."""
    with connection.transaction():
        return Mended(_schedules(), _queued() + _announced() + _claimed(claim_s), sum(map(_checks, _LOOKED)))


def _schedules() -> int:
    """Take back what was decided of due moments that have not come, and record that as a firing of now."""
    ahead = connection.execute("SELECT name FROM schedule WHERE decided_until > {later(%s)}", SLACK_S)
    for (name,) in ahead:
        connection.changed("DELETE FROM firing WHERE schedule = %s AND due_at > {now}", name)
        connection.changed("UPDATE schedule SET decided_until = {now} WHERE name = %s", name)
        connection.changed(
            "INSERT INTO firing (schedule, due_at, decided_at, outcome, reason)"
            " VALUES (%s, {now}, {now}, 'skipped', %s) ON CONFLICT (schedule, due_at) DO NOTHING",
            name,
            _REASON,
        )
    return len(ahead)


def _queued() -> int:
    """Let queued jobs that were written ahead wait as long from now as they were to wait then."""
    found = connection.execute(
        """
        SELECT id, {seconds(written_at, run_at)} FROM (
            SELECT job.id, run_at, COALESCE(MAX(attempt.ended_at), job.created_at) AS written_at
            FROM job LEFT JOIN attempt ON attempt.job_id = job.id
            WHERE state = 'queued' AND run_at > {later(%s)} GROUP BY job.id, run_at, job.created_at) AS waiting
        WHERE written_at > {later(%s)}
        """,
        SLACK_S,
        SLACK_S,
    )
    for job_id, waits_s in found:
        connection.changed(
            "UPDATE job SET run_at = {later(%s)}, announce_at = {later(%s)}, announcements = 0"
            " WHERE id = %s AND state = 'queued'",
            max(0.0, float(waits_s)),
            max(0.0, float(waits_s)),
            job_id,
        )
    return len(found)


def _announced() -> int:
    return connection.changed(
        "UPDATE job SET announce_at = {now}, announcements = 0"
        " WHERE state = 'queued' AND run_at <= {now} AND announce_at > {later(%s)}",
        _ANNOUNCED_S + SLACK_S,
    )


def _claimed(claim_s: float) -> int:
    return connection.changed(
        "UPDATE job SET claim_expires_at = {later(%s)} WHERE state = 'running' AND claim_expires_at > {later(%s)}",
        claim_s,
        claim_s + SLACK_S,
    )


def _checks(table: str) -> int:
    key, written, planned = _LOOKED[table]
    found = connection.execute(
        f"SELECT {key}, {{seconds({written}, {planned})}} FROM {table}"  # noqa: S608 - names of our own
        f" WHERE {written} > {{later(%s)}} AND {planned} IS NOT NULL",
        SLACK_S,
    )
    for subject_id, waits_s in found:
        connection.changed(
            f"UPDATE {table} SET {written} = {{now}}, {planned} = {{later(%s)}} WHERE {key} = %s",  # noqa: S608
            max(0.0, float(waits_s)),
            subject_id,
        )
    return len(found)
