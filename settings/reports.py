"""Reports: errors that need a change of the code go to Sentry, when there is one, without secrets."""

from collections.abc import Callable, Mapping

LONGEST_FLUSH_S = 2.0  # at the process's end; what Sentry has not taken by then is lost

_check_in: Callable[[str, str], None] | None = None
_send: Callable[[BaseException, Mapping[str, str | int]], None] | None = None


def configure(dsn: str | None, *, environment: str, release: str, scrub: Callable[[str], str]) -> None:
    """Report to the Sentry project of `dsn`, or nowhere when it is None; raises sentry_sdk.utils.BadDsn.

    Nothing but what `report` is given is sent: no person's data, no local variables, no request bodies, no hooks into
    other libraries. Every text passes `scrub`. Sending happens in a thread of its own behind a bounded queue.
    """
    global _send, _check_in
    if dsn is None:
        return
    from settings import sentry  # noqa: PLC0415 - a tenth of a second of each process's start

    sentry.start(dsn, environment=environment, release=release, scrub=scrub, flush_s=LONGEST_FLUSH_S)
    _send, _check_in = sentry.send, sentry.check_in


def report(error: BaseException, **tags: str | int) -> None:
    """Send `error` with its traceback and `tags` to Sentry soon, or do nothing where none is configured."""
    if _send is not None:
        _send(error, tags)


def check_in(schedule: str, word: str) -> None:
    """Tell Sentry that a schedule began, or how it ended (``start success fail``), or do nothing where none is set."""
    if _check_in is not None:
        _check_in(schedule, word)
