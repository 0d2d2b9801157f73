"""Redis' URL, held to the reader that connects by it: what that passes over in silence would lead elsewhere."""

from urllib.parse import urlsplit

import redis

from rules.names import server_addresses


def require(url: str) -> None:
    """Raise ``ValueError`` for a URL by which no Redis can be reached; nothing of the URL is in its words."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("cannot be read: percent-encode what is special in user and password") from None
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError("names no socket: unix:///run/redis/redis.sock")
    else:
        _require_server(url)
    try:
        redis.ConnectionPool.from_url(url).make_connection()  # pyright: ignore[reportUnknownMemberType] - untyped
    except (TypeError, ValueError, redis.RedisError):
        raise ValueError("has an option that is none of Redis' client") from None


def _require_server(url: str) -> None:
    """Raise ``ValueError`` for no server or no database; ``redis:///3`` is one on this machine."""
    parts = urlsplit(url)
    if parts.netloc:
        server_addresses.split(url, ("redis", "rediss"))
    database = parts.path.strip("/")
    if database and not (database.isascii() and database.isdecimal()):
        raise ValueError(f"{database[:20]!r} is no database of Redis: that is a number, as in redis://host:6379/0")
