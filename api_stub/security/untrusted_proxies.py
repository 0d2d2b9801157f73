"""A proxy that the settings do not name: all callers behind it count as one network. ``nolapse doctor`` reports it."""

import time
from functools import lru_cache
from ipaddress import ip_address

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

import settings
from api_stub.security import origins
from db import connection
from db.ledger import leases

log = structlog.get_logger()

_TOLD_EVERY_S = 600
_REMEMBERED_S = 86400.0


async def notice(request: Request) -> None:
    """Remember for a day a proxy in our own networks that forwards requests and is not trusted."""
    if "x-forwarded-for" not in request.headers and "forwarded" not in request.headers:
        return
    peer = origins.address(request)
    if _is_ours(peer) and not _is_trusted(peer):
        await run_in_threadpool(_remember, peer, int(time.monotonic() / _TOLD_EVERY_S))


def _is_ours(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False


def _is_trusted(address: str) -> bool:
    return any(ip_address(address) in network for network in settings.current().trusted_proxies)


@lru_cache(maxsize=16)
def _remember(peer: str, _period: int) -> None:
    log.warning("untrusted_proxy", address=peer)
    try:
        with connection.session():
            leases.take(leases.UNTRUSTED_PROXY, peer, for_s=_REMEMBERED_S)
    except connection.Unreachable:
        return
