"""Commands about certificates that need no database: scan an endpoint at once, and verify given chains."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import settings
from cli import scan_output, verify
from cli.output import AsJson, Exit, complain, complaining, print_json
from rules.certificates.finding import Finding, Grade
from rules.certificates.history import PASSING
from rules.certificates.observation import Protocol
from rules.lookups import target_of
from settings import logs
from tasks import certificates
from tasks.certificates import ScanResult
from wording import lookup_documents
from wording.certificates import findings


class _LookUnlessNamed(TyperGroup):
    """A group that reads ``nolapse cert HOST`` as ``nolapse cert look HOST``, unless HOST is a command's name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["look", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(name="cert", cls=_LookUnlessNamed, no_args_is_help=True)


@app.callback()
def cert() -> None:
    """Look at the certificates that an endpoint serves now: `nolapse cert HOST[:PORT]` stands for `cert look`."""


@app.command()
def look(
    target: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="A host, an address, or a URL")],
    *,
    protocol: Annotated[
        Protocol | None, typer.Option(help="How the server is brought to speak TLS; else as its port says.")
    ] = None,
    name: Annotated[str, typer.Option(help="The name to ask for (SNI) and to compare, in place of the host.")] = "",
    pem: Annotated[bool, typer.Option("--pem", help="Print the chains as they were sent, and nothing else.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at the certificates that an endpoint serves now, on each of its addresses. Needs no database.

    Exit code 0: sound, but for notes; 1: a warning, such as a renewal that is late; 2: clients refuse it, or bad input;
    3: could not look, or no address answers.
    """
    if pem and as_json:
        raise typer.BadParameter("choose one of --pem and --json")
    with complaining():
        config = settings.current()
        logs.configure(json=False, level="error", secrets=config.secrets())
        scanned = certificates.scan_now(target_of(target, protocol, name))
        if pem:
            _print_chains(scanned)
        elif as_json:
            print_json(lookup_documents.endpoint(scanned.finding))
        else:
            scan_output.show(scanned.finding)
        raise typer.Exit(verdict(scanned.finding))


app.command()(verify.verify)


def _print_chains(scanned: ScanResult) -> None:
    """Print the chains on standard output; where there are none, print the finding's message on standard error."""
    if not any(one.chain for one in scanned.observation.addresses):
        complain(findings.message(scanned.finding))
    for part in scan_output.chains(scanned.observation.addresses):
        typer.echo(part, nl=False)


def verdict(finding: Finding) -> Exit:
    """Return the exit code, as monitoring plugins have it: 0 well, 1 a warning, 2 critical, 3 could not look."""
    if finding.grade is Grade.UNSEEN and set(finding.kinds) <= PASSING:
        return Exit.COULD_NOT
    return {Grade.SOUND: Exit.OK, Grade.NOTED: Exit.OK, Grade.WARNED: Exit.WRONG}.get(finding.grade, Exit.BAD_INPUT)
