"""Commands about the audit trail: verify that it is unchanged, and print its head, to prove that again later."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.output import AsJson, Exit, print_json, ready, screen
from db.access import audit_seals

app = typer.Typer(no_args_is_help=True, help="The audit trail: verify its chain, show its head.")


@app.command()
def verify(
    *,
    known: Annotated[
        str | None, typer.Option("--head", help="A seal that was written down before: it must be in the chain.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk along the chain of seals. Exit code 0: every sealed entry is as it was written; 1: some are not."""
    with ready():
        found = audit_seals.verify(known=known)
    if as_json:
        print_json({**asdict(found), "holds": not found.wrong})
    else:
        for one in found.wrong:
            screen.print(one, markup=False, soft_wrap=True)
        holds = "the chain is broken" if found.wrong else "the chain holds"
        screen.print(f"{holds}: {found.sealed} entries sealed, {found.unsealed} not sealed yet", markup=False)
    if found.wrong:
        raise typer.Exit(Exit.WRONG)


@app.command()
def head(*, as_json: AsJson = False) -> None:
    """Show the newest seal, to be kept where whoever runs the database cannot change it."""
    with ready():
        newest = audit_seals.head()
    if as_json:
        print_json(None if newest is None else {**asdict(newest), "sealed_at": newest.sealed_at.isoformat()})
    elif newest is None:
        screen.print("nothing has been sealed yet: the schedule `audit` does that each minute", markup=False)
    else:
        screen.print(f"{newest.seal} (seal {newest.number}, {newest.sealed_at:%Y-%m-%d %H:%M:%S} UTC)", markup=False)
