"""Rate limits for the tests: one that writes down who is called and how it ended, and one that parks."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager


class Parked(Exception):
    """What a rate limit raises to put a job off; no error of an integration."""


class Recorder:
    """Lets everything pass. ``calls`` are (service, server, outcome): "ok", or the name of what was raised inside."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.errors: list[BaseException] = []

    def __call__(self, service: str, server: str) -> AbstractContextManager[None]:
        return self._call(service, server)

    @contextmanager
    def _call(self, service: str, server: str) -> Generator[None]:
        try:
            yield
        except BaseException as error:
            self.errors.append(error)
            self.calls.append((service, server, type(error).__name__))
            raise
        self.calls.append((service, server, "ok"))


class Shut:
    """Parks whoever wants to call one server."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.others = Recorder()

    def __call__(self, service: str, server: str) -> AbstractContextManager[None]:
        if server == self.server:
            raise Parked(f"no permit for {server}")
        return self.others(service, server)
