"""What reaches standard error: from real processes, through real pipes, also when nobody reads them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CANARY = "canary-7f3a-canary"
FULL_PIPE_BYTES = 1_000_000  # more than any pipe holds

SETUP = f"""
import logging, os, sys
import structlog
from settings import logs
logs.configure(json={{json}}, level={{level!r}}, secrets=[{CANARY!r}])
log = structlog.get_logger("nolapse.test")
"""


def run(body: str, *, json: bool = True, level: str = "INFO") -> str:
    """Run a program that logs in a process of its own, and return what it wrote to standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SETUP.format(json=json, level=level) + body],
        cwd=ROOT, capture_output=True, check=True, text=True, timeout=30,
    )  # fmt: skip
    return done.stderr


def events(body: str, level: str = "INFO") -> list[dict[str, object]]:
    return [json.loads(line) for line in run(body, level=level).splitlines()]


def test_an_event_is_a_line_with_its_context_and_time() -> None:
    (event,) = events(
        "structlog.contextvars.bind_contextvars(job_id=7, run_id=3)\nlog.info('scanned', host='a.example')"
    )
    logged_at = datetime.fromisoformat(str(event.pop("timestamp")))
    assert logged_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - logged_at) < timedelta(minutes=1)
    assert event == {
        "event": "scanned", "level": "info", "logger": "nolapse.test", "host": "a.example", "job_id": 7, "run_id": 3,
        "process": "MainProcess",
    }  # fmt: skip


def test_the_standard_library_takes_the_same_way() -> None:
    (event,) = events("logging.getLogger('dramatiq.worker').warning('%d left in %s', 3, 'scan')")
    assert (event["event"], event["level"], event["logger"]) == ("3 left in scan", "warning", "dramatiq.worker")


def test_what_strangers_cause_is_one_line_a_minute_and_says_how_many_there_were() -> None:
    first, later = events(
        """
headers = structlog.get_logger("api_stub.security.headers")
for logs.REPEATED_EVERY_S in [3600] * 31 + [0, 3600]:
    headers.info("caller_hung_up", method="POST")
"""
    )
    assert "left_out" not in first
    assert (later["event"], later["left_out"], later["method"]) == ("caller_hung_up", 30, "POST")


def test_what_is_below_the_level_is_not_written() -> None:
    assert not events("log.info('x'); logging.getLogger('peewee').debug('SELECT')", level="WARNING")


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run("", level="LOUD")
    assert "Unknown level: 'LOUD'" in refused.value.stderr


FAILURE = f"""
def call(url):
    kept_in_a_local = "local-" + "value"
    raise RuntimeError("refused by " + url)
try:
    call("postgres://u:" + "{CANARY}"[::-1] + "@db.example\\n2026-01-01T00:00:00Z info forged")
except RuntimeError:
    log.exception("failed")
    logging.getLogger("apscheduler").exception("failed too")
"""


def test_an_exception_is_text_without_locals_or_secrets() -> None:
    for event in events(FAILURE):
        trace = str(event["exception"])
        assert trace.startswith("Traceback (most recent call last):")
        assert "RuntimeError: refused by postgres://[redacted]@db.example" in trace
        assert "local-value" not in trace


@pytest.mark.parametrize("form", [True, False])
def test_no_canary_reaches_a_line(form: bool) -> None:  # noqa: FBT001 - pytest passes parameters by name
    written = run(
        f"""
log.info("{CANARY}", url="redis://:pw-{CANARY}@h", nested={{"password": "short", "list": ["{CANARY}"]}}, cookie="short")
log.info("bytes", body=b"{CANARY}", {CANARY.replace("-", "_")}=1, long="x" * 990 + "{CANARY}" + "y" * 2000)
logging.getLogger("x").info("Authorization: Bearer short\\n%s", "{CANARY}")
try:
    raise ValueError("{CANARY}") from KeyError("{CANARY}")
except ValueError:
    log.exception("failed")
""",
        json=form,
    )
    assert CANARY not in written
    assert "canary-7f" not in written
    assert "short" not in written


def test_a_long_value_loses_its_middle() -> None:
    (event,) = events("log.info('x', page='a' * 5000 + 'z')")
    page = str(event["page"])
    assert len(page) < 2100
    assert page.startswith("aaa")
    assert page.endswith("z")
    assert "[3001 characters cut]" in page


def test_the_console_form_shows_control_characters_and_keeps_one_event_to_a_line() -> None:
    written = run("log.info('a\\r\\nb', host='\\x1b[31mred\\x9b\\u202e')", json=False)
    assert written.count("\n") == 1
    assert "info nolapse.test a\\x0d\\x0ab host=\\x1b[31mred\\x9b\\x202e" in written


def test_no_line_of_an_exception_passes_for_an_event_on_the_console() -> None:
    lines = run(FAILURE, json=False).splitlines()
    assert "    2026-01-01T00:00:00Z info forged" in lines
    assert [line.split()[3] for line in lines if not line.startswith(" ")] == ["failed", "failed"]


def test_a_record_that_cannot_be_rendered_is_counted() -> None:
    lost, event = events("logging.getLogger('x').info('%d', 'no number'); log.info('%d', 'none'); log.info('next')")
    assert lost == {"event": "log lines were lost", "lost": 2}
    assert event["event"] == "next"


@pytest.mark.parametrize("end", ["os.close(2)", "sys.stderr.close()", "sys.stderr = None"])
def test_a_closed_sink_does_not_stop_the_work(end: str) -> None:
    assert run(f"{end}\nlog.info('x'); logging.getLogger('x').error('y')") == ""


def test_a_sink_that_nobody_reads_does_not_stop_the_work() -> None:
    """The pipe is full: the work goes on, and once somebody reads, the next line says how many were lost."""
    body = """
for number in range(1000):
    log.info('x', number=number, filler='f' * 2000)
print('worked on', flush=True)
sys.stdin.readline()
log.info('last')
"""
    with subprocess.Popen(
        [sys.executable, "-c", SETUP.format(json=True, level="INFO") + body],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"worked on\n"
        written = os.read(process.stderr.fileno(), FULL_PIPE_BYTES)
        process.stdin.write(b"\n")
        process.stdin.close()
        written += process.stderr.read()
    *_, torn, lost, last = written.splitlines()
    kept = written.count(b'"number"')
    assert len(torn) < 2200
    assert json.loads(last)["event"] == "last"
    assert json.loads(lost)["lost"] in {1000 - kept, 1000 - kept + 1}  # a torn line is lost, though its start is there


def test_a_sink_whose_reader_left_does_not_stop_the_work() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    body = "for _ in range(3): log.info('x')\nprint('worked on')"
    command = [sys.executable, "-c", SETUP.format(json=True, level="INFO") + body]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=writer, check=False, timeout=30)
    finally:
        os.close(writer)
    assert done.stdout == b"worked on\n"
