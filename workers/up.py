"""``nolapse up``: everything on one machine. Each process is started again when it ends; all end in order."""

import os
import socket
from collections.abc import Callable, Sequence

import settings
from db import connection, migrate
from db.access import first_owner, secret_tokens
from settings import home, logs
from workers import process_start, redis_server
from workers.supervisor import Child, Supervisor, python

FIRST_OWNER_LINK_S = 24 * 3600
_CHILDREN_S = 10.0
"""Seconds that the pool needs beyond the grace period, to end its own children and recover what they held."""

_OWN = (("web", "web"), ("scheduler", "scheduler"), ("worker", "pool"))


def children() -> list[Child]:
    """Return the processes of a whole Nolapse, in the order in which they end: what serves the others goes last."""
    own = [Child(name, _module(f"workers.{module}")) for name, module in _OWN]
    if settings.current().redis_url_given is None:
        own.append(Child("redis", redis_server.command))
    return own


def _module(name: str) -> Callable[[], Sequence[str]]:
    return lambda: [*python(name), "--parent", str(os.getpid())]


def prepare() -> list[str]:
    """Bring the database to today's schema, making it if it is SQLite and not there; return what was applied."""
    config = settings.current()
    home.make(config.home)
    connection.connect(config.database_url, deadline_s=config.database_deadline_s)
    connection.require_possible_path()
    return migrate.up()


def first_owner_link() -> str | None:
    """Return an address that makes the first owner, new at each call; None where there is a user already."""
    token = secret_tokens.made()
    with connection.session():
        made = first_owner.make_link(secret_tokens.hashed(token), holds_s=FIRST_OWNER_LINK_S)
    return f"{settings.current().web_url}/first-owner/{token}" if made else None


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        return server.getsockname()[1]


def main(*, tell: Callable[[str], None] | None = None) -> None:
    """Run everything until told to stop, or until its parent is gone.

    Where there is no user yet, ``tell`` a person the link; it is not logged.
    """
    config = settings.current()
    if config.web_port == 0:  # so that the link below leads to the port that is served
        config = settings.adopt({"NOLAPSE_WEB_PORT": str(_free_port(config.web_host))})
    logs.configure(json=config.log_json, level=config.log_level, secrets=config.secrets())
    prepare()
    if tell is not None and (link := first_owner_link()):
        hours = FIRST_OWNER_LINK_S // 3600
        tell(f"Nobody may sign in yet. Make the first owner, within {hours} hours, at {link}")
    everything = children()
    if config.redis_url_given is None:
        redis_server.command()  # raises before anything runs if there is no server to run
    Supervisor(everything, grace_s=config.grace_s + _CHILDREN_S, in_order=True, parent=process_start.parent()).run()


if __name__ == "__main__":
    main()
