"""Settings of workers: processes and threads, and how long claims and leases last."""

from pydantic import Field, field_validator

from settings import cores
from settings.comma_lists import CommaList
from settings.installation import InstallationSettings


class WorkerSettings(InstallationSettings):
    """The settings of workers."""

    worker_processes: int | None = Field(None, ge=1, le=64)
    """Worker processes of a pool; by default two on PostgreSQL where two cores may be used, so that both scan."""
    threads_lookup: int = Field(8, ge=1, le=256)
    """Threads of each worker process for look-ups at registries."""
    threads_scan: int = Field(2, ge=1, le=256)
    """Each scans up to ``scans_in_flight`` endpoints at once."""
    threads_billing: int = Field(2, ge=1, le=64)
    """Threads for invoices and their documents."""
    threads_mail: int = Field(4, ge=1, le=64)
    """Threads for mails."""
    threads_default: int = Field(4, ge=1, le=64)
    """Threads for everything else."""
    claim_s: float = Field(20, ge=1, le=3600)
    """How long a claim holds without being renewed."""
    grace_s: float = Field(25, ge=0, le=3600)
    """How long a process that was told to end may finish what it runs."""
    announce_lease_s: float = Field(3, gt=0, le=60)
    """How long a dispatched job may stay unclaimed before it is dispatched again; doubles each time."""
    window: int = Field(2000, ge=10, le=100_000)
    """How many dispatched jobs of a queue Redis holds at the most."""
    task_modules: CommaList[str] = ()
    """Modules with tasks of your own, comma-separated; they are imported beside ours."""
    failpoints: str = ""
    """Armed failpoints, for the fault tests alone: ``name=action,...`` (see settings/failpoints.py)."""

    @field_validator("task_modules")
    @classmethod
    def _modules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [one for one in value if not all(part.isidentifier() for part in one.split("."))]:
            raise ValueError(f"{odd[0]!r} is no module: give names such as agency.tasks, comma-separated")
        return value

    @property
    def pool_size(self) -> int:
        """The number of worker processes in a pool. On SQLite a second one would only wait for the single writer."""
        if self.worker_processes is not None:
            return self.worker_processes
        return 1 if self.database_url.startswith("sqlite") else min(2, cores.usable())

    def threads(self, queue: str) -> int:
        """Return how many threads a worker process gives to ``queue``."""
        return int(getattr(self, f"threads_{queue}"))
