"""Reports: errors that need a change of the code go to Sentry, when there is one, without secrets."""

from collections.abc import Callable
from typing import cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.types import Breadcrumb, BreadcrumbHint, DataCollectionUserOptions, Event, Hint

from settings import redaction

LONGEST_FLUSH_S = 2.0  # at the process's end; what Sentry has not taken by then is lost

# Each kind is named, because the SDK collects what is not.
_NOTHING_EXTRA: DataCollectionUserOptions = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "graphql": {"document": False, "variables": False},
    "gen_ai": {"inputs": False, "outputs": False},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}


def configure(dsn: str | None, *, environment: str, release: str, scrub: Callable[[str], str]) -> None:
    """Report to the Sentry project of `dsn`, or nowhere when it is None; raises sentry_sdk.utils.BadDsn.

    Nothing but what `report` is given is sent: no person's data, no local variables, no request bodies, no hooks into
    other libraries. Every text passes `scrub`. Sending happens in a thread of its own behind a bounded queue.
    """
    if dsn is None:
        return

    def clean(event: Event, _hint: Hint) -> Event:
        return cast("Event", redaction.tree(event, scrub))

    def clean_breadcrumb(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb:
        return cast("Breadcrumb", redaction.tree(crumb, scrub))

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        before_send=clean,
        before_breadcrumb=clean_breadcrumb,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=_leave_quietly), DedupeIntegration()],
        data_collection=_NOTHING_EXTRA,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=LONGEST_FLUSH_S,
        spotlight=False,
        debug=False,
    )


def report(error: BaseException, **tags: str | int) -> None:
    """Send `error` with its traceback and `tags` to Sentry soon, or do nothing where none is configured."""
    if not sentry_sdk.is_initialized():
        return
    with sentry_sdk.new_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(name, value)
        scope.capture_exception(error)


def _leave_quietly(_pending: int, _timeout: float) -> None:
    """Stand in for the SDK's own notice, which would write to standard error past the logs."""
