"""Pings an address that expects to hear of us (https://healthchecks.io/docs/http_api/): a GET through the guard."""

from http import HTTPStatus

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Guard

SERVICE = "ping"
DEADLINE_S = 10.0
MOST_BYTES = 16 * 1024


def send(url: str, *, guard: Guard) -> None:
    """Ping an address. Raises ``Throttled``, ``Unavailable``, ``Rejected``, none of which repeats the address."""
    try:
        response = http_client.call(
            url,
            guard=guard,
            deadline=Deadline.after(DEADLINE_S),
            headers={"User-Agent": "Nolapse"},
            most_bytes=MOST_BYTES,
        )
    except Unavailable as error:
        raise Unavailable(str(error).replace(url, "the address")) from None
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled("it was pinged too often", retry_after=http_client.retry_after(response))
    if HTTPStatus.BAD_REQUEST <= response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Rejected(f"it answered {response.status}: nothing is expected there")
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Unavailable(f"it answered {response.status}")
