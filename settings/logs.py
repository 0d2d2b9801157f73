"""Logs: one line per event on standard error, from structlog and the standard library alike, without secrets.

The way of a line: the logger's level -> the context (`structlog.contextvars.bind_contextvars(job_id=..., run_id=...)`)
-> level, logger, time -> the exception as text -> redaction and cutting -> JSON or console form -> standard error.
"""

import io
import json as jsonlib
import logging
import os
import re
import select
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from typing import cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from settings import redaction

LONGEST_VALUE = 2_000  # characters; what is longer loses its middle
LONGEST_EXCEPTION = 20_000  # characters; a traceback is worth its room
PATIENCE_MS = 100  # how long a line waits for a reader that is behind, before it is lost

CAUSED_BY_STRANGERS = {
    "uvicorn.error": "Invalid HTTP request received.|Unsupported upgrade request.|No supported WebSocket library",
    "api_stub.security.headers": "caller_hung_up",
    "api_stub.errors": "database_away",
}
"""By logger: the beginnings of events that anyone can cause without signing in, as often as they like."""
REPEATED_EVERY_S = 60.0

_ATOMIC = select.PIPE_BUF  # bytes; poll() promises that a pipe takes this much without blocking
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def configure(*, json: bool, level: str, secrets: Collection[str]) -> None:
    """Send every log record of this process to standard error: JSON lines, or lines for people when `json` is false.

    `level` is a name such as INFO; raises ValueError when there is no such level. `secrets` are replaced wherever they
    occur. Calling it again replaces what the last call set up. A sink that fails or stalls never raises into the caller
    and holds it up for at most PATIENCE_MS; what it lost is counted in the next line that it takes.
    """
    handler = StandardError()
    handler.addFilter(Repeats())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_processors(secrets, json=json)))
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.handlers[:] = [handler]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class Repeats(logging.Filter):
    """A filter that lets each event of strangers through once in ``REPEATED_EVERY_S``, with the number left out."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._let_through: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether this line is to be written."""
        beginnings = CAUSED_BY_STRANGERS.get(record.name)
        if beginnings is None:
            return True
        given = cast("EventDict | str", record.msg)
        event = str(given["event"] if isinstance(given, dict) else given)
        if not event.startswith(tuple(beginnings.split("|"))):
            return True
        with self._lock:
            now = time.monotonic()
            if now - self._let_through.get(event, -REPEATED_EVERY_S) < REPEATED_EVERY_S:
                self._left_out[event] += 1
                return False
            self._let_through[event] = now
            left_out = self._left_out.pop(event, 0)
        if left_out:
            record.msg = {**given, "left_out": left_out} if isinstance(given, dict) else f"{event} (+ {left_out} more)"
        return True


class StandardError(logging.Handler):
    """A handler that writes lines to the current standard error, whatever state that is in (fault F49).

    It asks before each piece whether the pipe takes it, because a pipe that nobody reads would block the job for ever.
    It has no thread of its own: a line that was logged just before the process died is written.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lost = 0
        self._torn = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
            if self._lost:
                line = jsonlib.dumps({"event": "log lines were lost", "lost": self._lost}) + "\n" + line
            self._write(line + "\n")
            self._lost = 0
        except Exception:  # noqa: BLE001 - neither a sink's failure nor a record that cannot be rendered may stop the work
            self._lost += 1

    def _write(self, text: str) -> None:
        try:
            descriptor = sys.stderr.fileno()
        except io.UnsupportedOperation:  # standard error was replaced by something in memory
            sys.stderr.write(text)
            return
        # A line that was cut off when the sink stalled must not run into this one.
        rest = (b"\n" if self._torn else b"") + text.encode(errors="backslashreplace")
        while rest:
            self._await_room(descriptor)
            rest = rest[os.write(descriptor, rest[:_ATOMIC]) :]
            self._torn = bool(rest)

    def _await_room(self, descriptor: int) -> None:
        """Wait for room in the sink; raises TimeoutError, and does not wait when the line before was lost already."""
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        if not poll.poll(0 if self._lost else PATIENCE_MS):
            raise TimeoutError


def _processors(secrets: Collection[str], *, json: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.add_log_level,
        _add_logger,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _cleaner(redaction.scrubber(secrets)),
        structlog.processors.JSONRenderer() if json else _console,
    ]


def _add_logger(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["logger"] = event["_record"].name
    event.setdefault("process", event["_record"].processName)
    return event


def _cleaner(scrub: Callable[[str], str]) -> Processor:
    def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        trace = event.pop("exception", None)
        # A secret that lies across the cut would no longer be found: scrub first.
        event = cast("EventDict", redaction.tree(event, lambda text: _cut(scrub(text), LONGEST_VALUE)))
        if trace is not None:
            event["exception"] = _cut(scrub(str(trace)), LONGEST_EXCEPTION)
        return event

    return clean


def _cut(text: str, longest: int) -> str:
    """Cut the middle out of a text that is too long: its start says what it is, and its end often what went wrong."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}... [{len(text) - 2 * half} characters cut] ...{text[-half:]}"


def _console(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Render one line for people; the lines of an exception follow it, indented, so that none can pass for an event."""
    head = [event.pop(name, "") for name in ("timestamp", "level", "logger", "event")]
    trace = str(event.pop("exception", ""))
    fields = [f"{_visible(key)}={_visible(value)}" for key, value in event.items()]
    first = " ".join([*(_visible(each) for each in head), *fields])
    return "\n".join([first, *(f"    {_visible(line)}" for line in trace.split("\n") if line)])


def _visible(value: object) -> str:
    """Spell out what would move the cursor, start a new line or turn the reading direction of a terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", str(value))
