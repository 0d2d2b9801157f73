"""``nolapse demo``: a made-up portfolio on real servers on this machine, run once and compared with its truth.

    demo ──> environment: folder, sandbox, processes ──> night: portfolio, nightly runs ──> expectations ──> report

The sandbox's servers run in this process; scheduler, workers and Redis are processes of their own, as in production.
The sandbox is no part of the product: it is imported when the command runs, and needs packages of its own.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, Exit, complain

app = typer.Typer()

_PACKAGES = frozenset({"aiosmtpd", "dnslib"})


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the report.")] = False,
    as_json: AsJson = False,
    home: Annotated[Path | None, typer.Option(help="Keep the demo's data here; a temporary folder otherwise.")] = None,
) -> None:
    """Run the main job over a made-up portfolio, on real servers on this machine, and show what came of it.

    Starts WHOIS, RDAP, TLS and SMTP servers on loopback, a scheduler, workers and an embedded Redis; fires the nightly
    runs once; prints the report and how to sign in to the dashboard; then keeps running on its schedule until Ctrl-C.
    With --once it ends after the report: exit code 0 only if every expectation held. Then nothing is left but
    what --home keeps.
    """
    try:
        from cli.demo import walkthrough  # noqa: PLC0415  the product's commands do without the sandbox
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _PACKAGES:
            raise
        complain(f"error: the demo's servers need {package}: install `nolapse[demo]`, or run `make setup`")
        raise typer.Exit(Exit.BAD_INPUT) from None
    walkthrough.run(once=once, as_json=as_json, home=home)
