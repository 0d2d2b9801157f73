"""Tells services that apprise knows (Slack, Teams, Telegram, ntfy, PagerDuty, ...), each time by a child process.

    URL, message ──stdin──> child: no environment, no programs, connections through the guard ──stdout──> yes or no

Apprise calls the network by libraries of several kinds, without a total deadline. The child is ended at the deadline,
and every connection in it, whoever opens it, goes to an address that the guard permits (``child``). A service has no
key by which it would know a message again: where its answer is lost, the message may come twice.
"""

import json
import re
import subprocess
import sys
from http import HTTPStatus
from typing import cast

from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Guard
from rules.alerts.alert_channels import AppriseChannel

SERVICE = "apprise"
DEADLINE_S = 45.0

_STATUS = re.compile(r"error=(\d{3})\b")
_LONGEST_WORDS = 300
_MAY_PASS = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)


def send(channel: AppriseChannel, *, title: str, body: str, guard: Guard) -> str:
    """Tell a service, and return in words that it took the message.

    Raises ``Throttled``, ``Unavailable``, and ``Rejected`` for a URL that apprise does not read, or an answer that says
    that the request is wrong. Apprise tells no more than yes or no; what it logs says why, where it says so.
    """
    ok, said = _run_apprise({"url": channel.url, "title": title, "body": body}, guard)
    if ok:
        return f"{channel.where} took it"
    raise _refusal(f"{channel.where}: {said}")


def check(channel: AppriseChannel, *, guard: Guard) -> None:
    """Have the URL read, and tell nobody. Raises ``Rejected`` where apprise does not know it."""
    ok, said = _run_apprise({"url": channel.url}, guard)
    if not ok:
        raise Rejected(f"{channel.where}: {said}")


def _run_apprise(message: dict[str, str], guard: Guard) -> tuple[bool, str]:
    allowed = [str(network) for network in guard.allowed]
    asked = json.dumps({**message, "allowed": allowed, "hosts": dict(guard.hosts)}).encode()
    command = [sys.executable, "-I", "-m", "integrations.apprise_channel.child"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=asked, capture_output=True, timeout=DEADLINE_S, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"apprise took longer than {DEADLINE_S:g} s") from None
    except OSError as error:
        raise Unavailable(f"no process for apprise could be started: {error.strerror}") from error
    try:
        answer = cast("dict[str, object]", json.loads(done.stdout))
    except ValueError:
        raise Unavailable(f"apprise ended without a word (exit {done.returncode})") from None
    return bool(answer.get("ok")), str(answer.get("said", ""))[:_LONGEST_WORDS]


def _refusal(said: str) -> IntegrationError:
    found = _STATUS.search(said)
    status = int(found[1]) if found else 0
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(said)
    wrong = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _MAY_PASS
    return Rejected(said) if wrong or "is not a URL" in said else Unavailable(said)
