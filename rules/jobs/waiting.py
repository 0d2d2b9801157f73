"""What is known of a job that does not run: what holds it back. ``wording.jobs.why_waiting`` puts it into words."""

from dataclasses import dataclass

from rules.jobs import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is known of a job at one moment. Durations are in seconds; None where its state has no such value."""

    state: JobState
    queue: str = ""
    due_in_s: float = 0.0
    """The seconds until it may run; negative once it is due."""
    waits_for: str | None = None
    attempts: int = 0
    failures: int = 0
    crashes: int = 0
    suspect: bool = False
    cancelled: bool = False
    """Whether a person asked it to end."""
    announcements: int = 0
    """How often it was dispatched and not claimed; counted up to 4."""
    error: str | None = None
    running_s: float | None = None
    claim_expired: bool = False
    same_work_id: int | None = None
    """The job that does the same work now."""
    ahead: int | None = None
    """Due jobs of its queue that came before it."""
    workers: int | None = None
    """Processes that serve its queue."""
    scheduler_runs: bool = True
    paused_because: str | None = None
    """Why its queue is paused; None: it is not."""
    paused_by: str = ""
    paused_for_s: float | None = None
    """The seconds until its queue's pause ends by itself."""
