"""Errors about jobs and their tasks; the errors of outside services are in ``integrations.errors``."""


class Parked(Exception):
    """Raised when a job cannot run yet and it is nobody's failure: no permit of a lane, an open circuit breaker.

    The job is queued for ``delay_s`` from now and uses no attempt; ``reason`` is shown to staff.
    """

    def __init__(self, reason: str, *, delay_s: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.delay_s = delay_s


class BadArguments(Exception):
    """Raised when a task is asked for with arguments that its signature does not take; the message names them."""


class UnknownTask(Exception):
    """Raised when no task has this name; the message names those that come near."""
