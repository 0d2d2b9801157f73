"""The output of commands: tables for people, JSON for scripts, errors that say how to mend them, exit codes.

0  done, and all is well        2  bad input: arguments, settings, a file
1  done, and something is wrong 3  could not: the database or a service is away
                                4  only from `doctor --strict`: nothing fails, but something needs a look
"""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import IntEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import settings
from db import connection, migrate
from db.access import audit
from settings import logs
from tasks.engine import catalogue
from tasks.transport import notifier


class Exit(IntEnum):
    """The exit codes."""

    OK = 0
    WRONG = 1
    BAD_INPUT = 2
    COULD_NOT = 3
    WARNED = 4


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

screen = Console()
notes = Console(stderr=True)

_FLUSH_S = 3.0


@contextmanager
def complaining() -> Generator[None]:
    """Turn foreseen errors into a line on standard error and an exit code."""
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        from cli import foreseen  # noqa: PLC0415 - imports what raises it, which most commands do without

        if isinstance(error, foreseen.BAD_INPUT):
            for line in str(error).splitlines():
                complain(f"error: {line}")
            raise typer.Exit(Exit.BAD_INPUT) from None
        if isinstance(error, foreseen.COULD_NOT):
            lines = str(error).strip().splitlines() or [type(error).__name__]
            for line in (lines[0], *getattr(error, "__notes__", ())):
                complain(f"could not: {line}")
            raise typer.Exit(Exit.COULD_NOT) from None
        raise


def complain(line: str, *, style: str = "red") -> None:
    """Print one line on standard error, unwrapped, without control characters or markup."""
    notes.print(Text(shown(line), style=style), soft_wrap=True)


@contextmanager
def ready(*, tasks: bool = True) -> Generator[settings.Settings]:
    """Read the settings, load the tasks and open the database for a command; complain as ``complaining`` does.

    A command that only reads the ledger does without ``tasks``, whose import takes most of a second. Where the settings
    name task modules, tasks are loaded all the same, so that a module that does not import is reported.
    """
    with complaining():
        config = settings.current()
        logs.configure(json=False, level="warning", secrets=config.secrets())
        if tasks or config.task_modules:
            catalogue.load()
        connection.connect(config.database_url, deadline_s=config.database_deadline_s)
        if config.database_url_given is None and not config.home.exists():
            raise migrate.SchemaOutdated("there is no database yet: run `nolapse migrate` or `nolapse up`")
        connection.require_possible_path()
        migrate.require_current()
        with connection.session(), audit.coming_from(audit.ActionOrigin(via="command line")):
            yield config


def flush_notifications() -> None:
    """Wait a moment until Redis is notified of the enqueued jobs; if it is not, the dispatcher tells it."""
    notifier.current().flush(_FLUSH_S)


def print_json(data: object) -> None:
    """Print one JSON value on one line; characters that a terminal would obey are escaped."""
    typer.echo("".join(map(_escaped, json.dumps(data, default=_as_text, ensure_ascii=False))))


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; text from outside is shown as text, never as markup."""
    table = Table(title=title, title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    screen.print(table)


def shown(value: object) -> str:
    """Return a value as people read it, without the control characters that a terminal would obey."""
    match value:
        case None | () | []:
            return "-"
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M:%S}Z"
        case tuple() | list():
            text = ", ".join(str(one) for one in value)
        case dict():
            text = ", ".join(f"{name}={one}" for name, one in value.items()) or "-"
        case _:
            text = str(value)
    return "".join(character if character.isprintable() else "�" for character in text)


def _as_text(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
