"""The Sentry SDK, set up to send only what it is given. It is imported only where a DSN is set, because it is large."""

from collections.abc import Callable, Mapping
from typing import cast

import sentry_sdk
from sentry_sdk.crons import capture_checkin
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.types import Breadcrumb, BreadcrumbHint, DataCollectionUserOptions, Event, Hint

from settings import redaction

# Each kind is named, because the SDK collects the kinds that are not named.
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


def start(dsn: str, *, environment: str, release: str, scrub: Callable[[str], str], flush_s: float) -> None:
    """Make the SDK send to the project of ``dsn``, each text passed through ``scrub``. Raises sentry_sdk.utils.BadDsn.

    At the process's end it may go on sending for ``flush_s``.
    """

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
        shutdown_timeout=flush_s,
        spotlight=False,
        debug=False,
    )


def send(error: BaseException, tags: Mapping[str, str | int]) -> None:
    """Send ``error`` with its traceback and ``tags`` soon, or do nothing where the SDK was closed."""
    if not sentry_sdk.is_initialized():
        return
    with sentry_sdk.new_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(name, value)
        scope.capture_exception(error)


def check_in(schedule: str, word: str) -> None:
    """Tell the monitor of a schedule that it began, or how it ended (https://docs.sentry.io/product/crons/)."""
    if sentry_sdk.is_initialized():
        status = {"start": "in_progress", "success": "ok", "fail": "error"}[word]
        capture_checkin(monitor_slug=f"nolapse-{schedule}", status=status)


def _leave_quietly(_pending: int, _timeout: float) -> None:
    """Replace the SDK's own notice, which would write to standard error past the logs."""
