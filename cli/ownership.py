"""The command that verifies a domain's ownership, and shows its state and what to place where."""

import getpass
from typing import Annotated

import typer

from api_stub.resources.portfolio import ownership as resource
from cli.output import AsJson, Exit, flush_notifications, print_json, ready, screen, shown
from db import connection
from db.access import audit
from db.portfolio import domains
from rules import names
from rules.domains import ownership as rules
from rules.domains.ownership import OwnershipState
from tasks.domains import ownership
from wording.domains import ownership as ownership_words

app = typer.Typer()


@app.command(name="ownership")
def verify(
    name: Annotated[str, typer.Argument(help="A domain of the portfolio, or a URL in it")],
    *,
    renew: Annotated[bool, typer.Option(help="Make another token; the one before proves nothing any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin to verify a domain, and have its token looked for now.

    Exit code 0: it is verified, as far as is known; 1: it is not.
    """
    with ready():
        registered = names.registrable(name)
        known = domains.named(registered)
        if known is None:
            raise LookupError(f"{registered} is not in the portfolio; import it, or add it on the page of domains")
        with connection.transaction():
            domain, begun, enqueued = ownership.request(known.id, renew=renew)
            details = {"renewed": renew, "job": enqueued.job_id}
            audit.add(getpass.getuser(), "domain verification", f"domain {domain.id}", details)
        flush_notifications()
        if as_json:
            print_json(resource.document(domain, begun, job_id=enqueued.job_id).model_dump(mode="json"))
        else:
            screen.print(shown(f"{domain.name}: {ownership_words.standing(begun)}"), markup=False, soft_wrap=True)
            for one in rules.challenges(domain.name, begun.token):
                screen.print(
                    f"\n{ownership_words.how(one)}\n  {one.value}", markup=False, highlight=False, soft_wrap=True
                )
        if begun.state is not OwnershipState.VERIFIED:
            raise typer.Exit(Exit.WRONG)
