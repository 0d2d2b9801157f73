"""The database's URL, held to the readers that connect by it: libpq's for PostgreSQL, a path's for SQLite."""

from urllib.parse import urlsplit

import psycopg2.extensions

from rules.names import server_addresses

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_UNREADABLE = "cannot be read: percent-encode what is special in user and password, and mend its options"
_FOLDER_FIRST = "names no file: sqlite:////absolute/path.db"


def require(url: str) -> None:
    """Raise ``ValueError`` for a URL by which no database can be reached; nothing of the URL is in its words."""
    if url.startswith("sqlite:///"):
        if not url.removeprefix("sqlite:///").strip("/"):
            raise ValueError(_FOLDER_FIRST)
        return
    try:
        options = psycopg2.extensions.parse_dsn(url)
        server_addresses.require_port(urlsplit(url))
    except psycopg2.ProgrammingError:
        raise ValueError(_UNREADABLE) from None
    for port in filter(None, options.get("port", "").split(",")):
        server_addresses.port(port)
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"sslmode is one of {', '.join(_SSL_MODES)}")
    if not (options.get("dbname") or options.get("user")):  # libpq's default is the user's name
        raise ValueError("names no database: postgresql://user:password@host/database")
