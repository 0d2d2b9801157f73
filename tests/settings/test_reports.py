"""What Sentry would receive, at a server on loopback that stands where Sentry does."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import sentry_sdk
from sentry_sdk.utils import BadDsn

from settings import redaction, reports
from tests.support import sentry
from tests.support.eventually import eventually
from tests.support.sentry import Receiver

CANARY = "canary-7f3a-canary"
WAIT_S = 10.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with sentry.receiving() as server:
        yield server


@contextmanager
def configured(dsn: str | None) -> Iterator[None]:
    reports.configure(dsn, environment="test", release="0.1.0", scrub=redaction.scrubber([CANARY]))
    try:
        yield
    finally:
        sentry_sdk.get_client().close(timeout=0)
        sentry_sdk.get_global_scope().set_client(None)


def fail(token: str) -> None:
    kept_in_a_local = token + "-local-value"
    raise RuntimeError(f"refused {kept_in_a_local[:18]} at postgres://user:pw@db.example")


def reported(receiver: Receiver, **tags: str | int) -> tuple[str, dict]:
    """Report a failure; return the envelope and the event in it."""
    try:
        fail(CANARY)
    except RuntimeError as error:
        sentry_sdk.add_breadcrumb(message=f"asked with {CANARY}", data={"password": "short"})
        reports.report(error, **tags)
    envelope = receiver.envelopes.get(timeout=WAIT_S)
    return envelope, json.loads(envelope.splitlines()[2])


def test_an_error_arrives_with_its_traceback_and_tags(receiver: Receiver) -> None:
    with configured(receiver.dsn):
        _, event = reported(receiver, task="scan", job_id=7)
    (exception,) = event["exception"]["values"]
    assert (event["environment"], event["release"]) == ("test", "0.1.0")
    assert event["tags"] == {"task": "scan", "job_id": 7}
    assert exception["type"] == "RuntimeError"
    assert exception["value"] == "refused [redacted] at postgres://[redacted]@db.example"
    assert exception["stacktrace"]["frames"][-1]["function"] == "fail"


def test_no_secret_local_or_person_is_sent(receiver: Receiver) -> None:
    with configured(receiver.dsn):
        envelope, event = reported(receiver, note=CANARY)
    assert CANARY not in envelope
    assert "user:pw" not in envelope
    assert event["breadcrumbs"]["values"][0]["message"] == "asked with [redacted]"
    assert event["breadcrumbs"]["values"][0]["data"] == {"password": "[redacted]"}
    assert all("vars" not in frame for frame in event["exception"]["values"][0]["stacktrace"]["frames"])
    assert not {"user", "request", "modules"} & event.keys()
    assert "sys.argv" not in event.get("extra", {})


def test_only_the_named_integrations_are_on(receiver: Receiver) -> None:
    with configured(receiver.dsn):
        assert set(sentry_sdk.get_client().integrations) == {"atexit", "dedupe"}


def test_tags_of_one_report_do_not_stay_for_the_next(receiver: Receiver) -> None:
    with configured(receiver.dsn):
        reported(receiver, job_id=7)
        _, event = reported(receiver, task="scan")
    assert event["tags"] == {"task": "scan"}


def test_without_a_dsn_nothing_is_sent() -> None:
    with configured(None):
        assert not sentry_sdk.is_initialized()
        reports.report(RuntimeError("x"), job_id=7)


def test_a_wrong_dsn_is_refused_at_start() -> None:
    with pytest.raises(BadDsn):
        reports.configure("sentry.example", environment="test", release="0", scrub=redaction.scrubber([]))


def test_a_sink_that_takes_the_connection_and_never_answers_holds_nobody_up() -> None:
    """Whoever waited for it, for one report or at the end for all, would wait for hours."""
    ended = Event()

    def report_and_leave() -> None:
        for number in range(300):
            reports.report(RuntimeError(f"error {number}"), job_id=number)
        sentry_sdk.get_client().close()
        ended.set()

    with socket.create_server(("127.0.0.1", 0)) as tarpit:
        port = tarpit.getsockname()[1]
        with configured(f"http://public@127.0.0.1:{port}/1"):
            Thread(target=report_and_leave, daemon=True).start()
            eventually(ended.is_set, what="all is reported, and the client closed")


def test_a_schedule_checks_in(receiver: Receiver) -> None:
    with configured(receiver.dsn):
        reports.check_in("invoices", "fail")
        envelope = receiver.envelopes.get(timeout=WAIT_S)
    check_in = json.loads(envelope.splitlines()[2])
    assert (check_in["monitor_slug"], check_in["status"]) == ("nolapse-invoices", "error")
