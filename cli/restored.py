"""``nolapse restored``: a person reports that the database was restored; what may have been done is not redone."""

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from cli.output import AsJson, print_json, ready, screen
from tasks import restoration
from tasks.restoration import Restoration
from workers import history_notes

app = typer.Typer()

_NAMED = 10


@app.command()
def restored(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what may have been done since; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say that the database was restored from a backup; to be run before anything is started again.

    Mails that wait become unknown, for a person to settle; Stripe is asked before it is told again; billing and
    reminders are paused; everybody signs in anew.
    """
    with ready():
        if dry_run:
            found = restoration.survey()
        else:
            found = restoration.accept(by=getpass.getuser(), noted_steps=history_notes.furthest())
            history_notes.go_on()
    if as_json:
        print_json(asdict(found))
    else:
        _print(found, done=not dry_run)


def _print(found: Restoration, *, done: bool) -> None:
    for words, ids in (
        ("mails may have gone out: nobody sends them before a person has settled them", found.mails),
        ("payments may have been made: Stripe is asked first", found.payments),
        ("jobs of billing and reminders are cancelled", found.cancelled),
    ):
        screen.print(f"{len(ids)} {words}{_in_brackets(ids)}", markup=False, soft_wrap=True)
    paused = " and ".join(restoration.SCHEDULES)
    screen.print(f"{found.sessions} sessions end; the schedules {paused} are paused", markup=False, soft_wrap=True)
    screen.print(
        "Done. Start everything, look (docs/operate.md, Backups), then `nolapse schedules resume NAME`."
        if done
        else "Nothing was changed: run it without --dry-run.",
        markup=False,
        soft_wrap=True,
    )


def _in_brackets(ids: Sequence[int]) -> str:
    named = ", ".join(map(str, ids[:_NAMED])) + (", ..." if len(ids) > _NAMED else "")
    return f" (jobs {named})" if ids else ""
