"""The ``nolapse`` command: a table of its commands. Only the module of the called command is imported.

Importing all modules takes a second, most of it for FastAPI and the engine; the list of commands is printed from here.
"""

from cli import shadowed

shadowed.refuse()  # before a module is imported that another one may shadow

from dataclasses import dataclass  # noqa: E402 - see above
from importlib import import_module, metadata  # noqa: E402
from typing import Annotated, Any  # noqa: E402

import typer  # noqa: E402
import typer.main  # noqa: E402
from typer.core import TyperGroup  # noqa: E402


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command or a group of commands: its module, its line of help in the list, and the name of its app there."""

    module: str
    help: str
    app: str = "app"

    def load(self, name: str) -> Any:
        """Return the command, or its group where the app has no command of that name. Makes later files private."""
        from settings import home  # noqa: PLC0415 - the settings, which the list of commands does without

        home.make_files_private()
        group = typer.main.get_group(getattr(import_module(self.module), self.app))
        return group.commands.get(name, group)


ENTRIES = {
    "up": CommandEntry("cli.processes", "Run everything on this machine until Ctrl-C: web, scheduler, workers, Redis."),
    "worker": CommandEntry("cli.processes", "Run worker processes until SIGTERM."),
    "scheduler": CommandEntry("cli.processes", "Run the clock and the dispatcher until SIGTERM."),
    "web": CommandEntry("cli.processes", "Serve the API and the dashboard until SIGTERM."),
    "migrate": CommandEntry("cli.processes", "Bring the database to today's schema; safe to repeat."),
    "demo": CommandEntry("cli.demo", "Run the main job over a made-up portfolio, on real servers on this machine."),
    "doctor": CommandEntry("cli.doctor", "Check settings, database, Redis, workers, schedules and the ledger."),
    "restored": CommandEntry(
        "cli.restored", "After a restore of the database: keep what was done since from being redone."
    ),
    "import": CommandEntry("cli.portfolio", "Import clients, domains and endpoints from a CSV file."),
    "export": CommandEntry("cli.portfolio", "Export clients, domains and endpoints as a CSV file."),
    "domain": CommandEntry("cli.domain", "Ask the registry about a domain now; needs no database."),
    "ownership": CommandEntry("cli.ownership", "Verify that a domain is its client's: what to place where."),
    "documents": CommandEntry("cli.documents", "List documents; links, deletion; audit what is stored, move it."),
    "invoices": CommandEntry(
        "cli.invoices", "Invoices: who would get what, audit of numbers, render one from JSON, samples."
    ),
    "payments": CommandEntry("cli.payments", "Payments: list, enter one, read a bank's file, a client's statement."),
    "subscriptions": CommandEntry(
        "cli.subscriptions", "Subscriptions: list, add, import, change, pause, resume, end.", "subscriptions_app"
    ),
    "trigger": CommandEntry("cli.work", "Enqueue a task now; works while Redis is away."),
    "runs": CommandEntry("cli.work", "List the newest runs with the states of their jobs."),
    "jobs": CommandEntry("cli.work", "List jobs, show one, cancel one, retry one that ended badly.", "jobs_app"),
    "schedules": CommandEntry("cli.work", "Show the timetable; pause, resume, edit, run now.", "schedules_app"),
    "alerts": CommandEntry("cli.alerts", "List open alerts; see to them, put them off, note, close."),
    "cert": CommandEntry("cli.cert", "Scan the certificates that an endpoint serves now, or verify a chain."),
    "whois": CommandEntry("cli.whois", "Read WHOIS answers."),
    "audit": CommandEntry("cli.audit", "The audit trail: verify its chain, show its head."),
    "mail": CommandEntry("cli.mail", "Preview letters, settle unknown mails, suppress addresses, classify bounces."),
    "user": CommandEntry("cli.access", "Who may sign in: add, list, role, password, link, disable.", "users_app"),
    "token": CommandEntry("cli.access", "API tokens: add, list, revoke.", "tokens_app"),
}


class _LazyGroup(TyperGroup):
    """A group that lists commands by their entries, and imports the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else ENTRIES[name].load(name), rest


app = typer.Typer(
    name="nolapse",
    cls=_LazyGroup,
    help="Keeps domains, certificates and invoices from lapsing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _not_loaded() -> None:
    """Do nothing: this function stands for a command that is not imported."""


def _print_version(asked: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if asked:
        typer.echo(f"nolapse {metadata.version('nolapse')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Take what stands before a command."""


for _name, _entry in ENTRIES.items():
    app.command(_name, help=_entry.help)(_not_loaded)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
