"""Checks the URLs of the database and of Redis with the parsers of their clients.

An option that a client ignores in silence could lead to another server.
"""

from urllib.parse import SplitResult

import psycopg2.extensions
import redis

from rules.names import server_addresses

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_UNREADABLE = "cannot be read: percent-encode what is special in user and password, and mend its options"
_FOLDER_FIRST = "names no file: sqlite:////absolute/path.db"


def require_database(url: str) -> None:
    """Raise ``ValueError`` for a URL that reaches no database; its message shows no secret."""
    if url.startswith("sqlite:///"):
        if not url.removeprefix("sqlite:///").strip("/"):
            raise ValueError(_FOLDER_FIRST)
        return
    try:
        options = psycopg2.extensions.parse_dsn(url)
        server_addresses.require_port(server_addresses.with_user(url))
    except psycopg2.ProgrammingError:
        raise ValueError(_UNREADABLE) from None
    _require_ports(options.get("port", ""), url)
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"sslmode is one of {', '.join(_SSL_MODES)}")
    if not (options.get("dbname") or options.get("user")):  # libpq's default is the user's name
        raise ValueError("names no database: postgresql://user:password@host/database")


def _require_ports(ports: str, url: str) -> None:
    for port in filter(None, ports.split(",")):
        try:
            server_addresses.port(port)
        except ValueError:
            if server_addresses.may_hold_password(url):
                raise ValueError(_UNREADABLE) from None
            raise


def require_redis(url: str) -> None:
    """Raise ``ValueError`` for a URL that reaches no Redis; its message shows no secret."""
    parts = server_addresses.with_user(url)
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError("names no socket: unix:///run/redis/redis.sock")
    else:
        _require_server(parts)
    try:
        redis.ConnectionPool.from_url(url).make_connection()  # pyright: ignore[reportUnknownMemberType] - untyped
    except (TypeError, ValueError, redis.RedisError):
        raise ValueError("has an option that is none of Redis' client") from None


def _require_server(parts: SplitResult) -> None:
    """Raise ``ValueError`` where a URL names no server or a bad database; ``redis:///3`` is one on this machine."""
    if parts.netloc:
        server_addresses.split(parts.geturl(), ("redis", "rediss"))
    database = parts.path.strip("/")
    if database and not (database.isascii() and database.isdecimal()):
        raise ValueError("its database is no number, as it is in redis://host:6379/0; percent-encode what is special")
