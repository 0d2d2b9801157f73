"""What can go wrong between us and an outside service; the type decides whether the job is tried again.

IntegrationError
├── Unavailable     not now: try again, at ``retry_after`` where the other side said so
│   ├── Throttled   we asked too often: try again, more slowly
│   └── Deferred    not now for this one thing; the service is well
├── Rejected        never, as asked: trying again changes nothing
└── Unsettled       the request may have taken effect; nobody told us
"""


class IntegrationError(Exception):
    """Raised when an outside service did not do what it was asked to do."""


class Unavailable(IntegrationError):
    """Raised when the service cannot answer now: refused, timed out, overloaded, broken answer.

    ``retry_after`` is in seconds, and None where the service did not say.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Throttled(Unavailable):
    """Raised when the service says that it was asked too often."""


class Deferred(Unavailable):
    """Raised when a service that is well puts off this one request: a recipient that is greylisted."""


class Rejected(IntegrationError):
    """Raised when the service, or our own guard, refuses this request for good."""


class Unsettled(IntegrationError):
    """Raised when the request was sent whole and the answer never came: it may have taken effect."""
