"""The child in which apprise runs: one message from stdin to one service, and what became of it to stdout.

getaddrinfo ──> the guard resolves once, and every address is checked
connect, sendto ──> an audit hook: the literal is checked again, whatever library opened the socket
exec, fork and the like ──> refused
memory, processor time ──> limits: an answer without an end ends the child alone
"""

import io
import json
import logging
import resource
import socket
import sys
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any, BinaryIO

from integrations.errors import IntegrationError
from integrations.guard import Guard

_MOST_BYTES = 64 * 1024
_MOST_MEMORY = 768 * 1024 * 1024
_MOST_CPU_S = 30
_LONGEST_SAID = 2000
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_PROGRAMS = frozenset({
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
})  # fmt: skip


_refusals: list[str] = []
"""What was refused: apprise itself says no more than that there was no connection."""


class Refused(OSError):
    """Raised inside apprise for a connection or a program that the child may not have."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        _refusals.append(words)


def confine(guard: Guard) -> None:
    """Have every connection of this process go where the guard permits, and let it start no program; for good."""
    for limit, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, _MOST_CPU_S),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    resolve = socket.getaddrinfo
    socket.getaddrinfo = _guarded(resolve, guard)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _CONNECTS and args[0].family != socket.AF_UNSPEC:
            _require_permitted(args[1] if len(args) > 1 else None, guard)
        elif event in _PROGRAMS:
            raise Refused(f"no programs here: {event}")

    sys.addaudithook(hook)


def _guarded(resolve: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    def guarded(host: Any, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        asked = Guard(
            allowed=guard.allowed, hosts=guard.hosts, resolver=lambda one: [found[4][0] for found in resolve(one, None)]
        )
        try:
            addresses = asked.resolve(name, int(port or 1))
        except IntegrationError as error:
            _refusals.append(str(error))
            raise socket.gaierror(socket.EAI_FAIL, str(error)) from None
        return [one for address in addresses for one in resolve(address.ip, port, *args, **kwargs)]

    return guarded


def _require_permitted(address: Any, guard: Guard) -> None:
    """Raise ``Refused`` for all but a literal that the guard permits: a name, a socket's path, a private address."""
    try:
        permitted = address is None or guard.permits(address[0])
    except (ValueError, TypeError, AttributeError, IndexError):
        permitted = False
    if not permitted:
        raise Refused(f"{address!r} is not a public address")


def tell(message: dict[str, Any]) -> tuple[bool, str]:
    """Give the message to the one service that its URL names; without a text, only read the URL."""
    import apprise  # noqa: PLC0415 - it takes most of a second, and is to be imported behind the guard

    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setLevel(logging.WARNING)
    logging.getLogger("apprise").addHandler(handler)
    asset = apprise.AppriseAsset(
        app_id="Nolapse", app_desc="Nolapse", app_url="", secure_logging=True, async_mode=False
    )
    service: Any = apprise.Apprise(asset=asset)  # its own types are partly unknown
    if not service.add(message["url"]):
        return False, "this is not a URL that apprise reads"
    if "body" not in message:
        return True, ""
    ok = bool(service.notify(title=message["title"], body=message["body"]))
    words = " ".join(" ".join((said.getvalue(), *_refusals)).split())
    return ok, words[:_LONGEST_SAID] or "apprise says no more than no"


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Read one message, tell it, and write what became of it."""
    asked = json.loads(source.read(_MOST_BYTES))
    confine(Guard(allowed=tuple(map(ip_network, asked["allowed"])), hosts=asked["hosts"]))
    ok, said = tell(asked)
    target.write(json.dumps({"ok": ok, "said": said}).encode())
    target.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
