"""VIES over real sockets: inside the guard, the rate limit, a total deadline and a cap of bytes."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from integrations.vies import MOST_BYTES, Vies
from rules.billing import vat_ids
from sandbox.vies import ViesServer
from tests.support.hostile import Hostile, Play, drips, never_closes, resets, says
from tests.support.rate_limits import Recorder

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
VAT_ID = vat_ids.parse("ATU13585627", "AT")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(body: bytes, *, head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize(
    ("play", "raises"),
    [
        (says(b""), Unavailable),
        (says(answer(b"<html>")), Unavailable),
        (says(answer(b"[" * 10_000)), Unavailable),
        (says(answer(b'{"valid": "yes"}')), Unavailable),
        (says(answer(b'{"errorWrappers": [{"error": "INVALID_INPUT"}]}')), Rejected),
        (says(answer(b"", head=b"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\n")), Throttled),
        (says(answer(b"x" * (MOST_BYTES + 1))), IntegrationError),
        (drips(answer(b'{"valid": true}')), Unavailable),
        (never_closes(b"HTTP/1.1 200 OK\r\n"), Unavailable),
        (resets(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), Unavailable),
        (says(answer(b"", head=b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n")), IntegrationError),
    ],
)  # fmt: skip
def test_whatever_it_does_is_over_in_time_and_has_the_error_that_decides(
    play: Play, raises: type[IntegrationError]
) -> None:
    limit = Recorder()
    with Hostile(play) as server, pytest.raises(raises) as raised:
        Vies(f"http://{server.address}/rest-api", GUARD, deadline_s=0.5, rate_limit=limit).check(VAT_ID, requester=None)
    assert limit.calls == [("vies", server.address, type(raised.value).__name__)]
    if isinstance(raised.value, Throttled):
        assert raised.value.retry_after == 7


@pytest.mark.parametrize("ask", [lambda one: one.check(VAT_ID, requester=None), Vies.require_status])
def test_nobody_is_called_whom_the_guard_forbids(ask: Callable[[Vies], object]) -> None:
    with ViesServer() as server:
        with pytest.raises(Forbidden):
            ask(Vies(server.url, Guard()))
        assert server.asked == []
        ask(Vies(server.url, GUARD))
