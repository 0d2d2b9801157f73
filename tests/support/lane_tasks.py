"""Tasks that ask a server which throttles: it is a file that counts its callers, shared by all processes."""

from collections.abc import Sequence
from pathlib import Path

import settings
from integrations.errors import Throttled
from tasks.engine.context import completing
from tasks.engine.task import Queue, task
from tasks.outside.pacing import LanePacing
from tasks.outside.rate_limits import for_lookup

SERVER = "whois.throttling.test"
PATIENT = 20
"""How many calls the server answers before it says that it was asked too often."""


def calls() -> Path:
    """Return the file that has one byte for each call of the server."""
    return settings.current().home / "calls"


def calm() -> Path:
    """Return the file whose presence says that the server is patient again."""
    return settings.current().home / "calm"


def _first_servers(ids: Sequence[int]) -> dict[int, str]:
    return dict.fromkeys(ids, SERVER)


@task(Queue.LOOKUP, attempts=2, unique=("number",), pacing=LanePacing(_first_servers))
def ask(*, number: int) -> None:
    """Ask the server once."""
    with for_lookup()("whois", SERVER):
        with calls().open("ab") as file:
            file.write(b"x")
        if calls().stat().st_size > PATIENT and not calm().exists():
            raise Throttled(f"{number} is one too many", retry_after=3600)
    with completing():
        pass


@task(Queue.DEFAULT, fans_out=True, then="tasks.note_run")
def ask_all(*, many: int) -> None:
    """Fan out over the server's lane."""
    ask.fan_out(lambda last, limit: range(last + 1, min(many, last + limit) + 1), "number")
