"""What the demo runs in: a folder, the sandbox with settings of its own, and the processes of an agency."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import settings
from api_stub.security import api_tokens, sessions
from cli.demo import payments
from db.access import users
from rules.access import Role, Scope
from sandbox.portfolio import portfolio
from sandbox.world import World
from settings import logs
from tasks.engine import catalogue
from workers import up
from workers.supervisor import python

_STOP_S = 40.0
_OWNER = "demo"


@contextmanager
def folder(home: Path | None) -> Generator[Path]:
    """Yield the folder of the demo's data; a temporary one is removed at the end."""
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
        yield home.absolute()
        return
    made = Path(tempfile.mkdtemp(prefix="nolapse-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def sandbox(folder: Path) -> Generator[tuple[World, datetime]]:
    """Start the sandbox, and point settings, logs and database of this process to it; yield it and its moment."""
    made_at = datetime.now(UTC)
    with World(portfolio(made_at), folder) as world:
        config = settings.adopt(  # the demo's processes inherit its world
            {
                **world.environment(),
                **payments.environment(),
                "NOLAPSE_WEB_HOST": "127.0.0.1",
                "NOLAPSE_WEB_PORT": str(_free_port()),
            }
        )
        logs.configure(json=False, level="error", secrets=config.secrets())
        catalogue.load()
        up.prepare()
        yield world, made_at


@contextmanager
def processes(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run web, scheduler, workers and Redis; their logs go to a file in the folder."""
    with (folder / "log.jsonl").open("ab") as log:
        command = [*python("workers.up"), "--parent", str(os.getpid())]
        everything = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own
        try:
            yield everything
        finally:
            everything.send_signal(signal.SIGTERM)
            try:
                everything.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                everything.kill()


def let_owner_in() -> dict[str, str]:
    """Add the demo's owner; return the dashboard's address, a link that signs in once, and an API token."""
    known = users.named(_OWNER)
    owner = users.get(known.id if known else users.add(_OWNER, Role.OWNER))
    return {
        "dashboard": settings.current().web_url,
        "sign_in": sessions.link(owner),
        "api_token": api_tokens.add(owner.id, "demo", scopes=list(Scope), days=1),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]
