"""The course of the demo: set up its environment, do the nightly runs, and show the results."""

import signal
import subprocess
import threading
from pathlib import Path
from types import FrameType

import typer

from cli.demo import environment, expectations, late_invoice, morning, night, payments, report, uploads
from cli.output import Exit, complaining, print_json, screen
from db import connection

_POLL_S = 0.1


def run(*, once: bool, as_json: bool, home: Path | None) -> None:
    """Run the demo. With ``once``, raise ``typer.Exit`` if an expectation did not hold; else serve until a signal."""
    signal.signal(signal.SIGTERM, _interrupt)
    with (
        complaining(),
        environment.folder(home) as folder,
        environment.sandbox(folder) as (world, made_at),
        environment.processes(folder) as everything,
    ):
        night.register(world)
        morning.hire()
        late_invoice.issue(world.portfolio)
        uploads.send()
        figures = night.run(everything, quiet=as_json)
        chosen = payments.run(world, everything, quiet=as_json)
        morning.run(world, everything, quiet=as_json)
        with connection.session():
            checked = [*expectations.examine(world, made_at), *payments.examine(world, chosen)]
            access = {} if once else environment.let_owner_in()
        if as_json:
            print_json({**report.document(figures, checked), **access})
        else:
            report.show(figures, checked)
            if home or not once:
                report.show_folder(folder)
            if access:
                report.show_access(access)
        if not once:
            _serve(everything, quiet=as_json)
        elif not all(one.held for one in checked):
            raise typer.Exit(Exit.WRONG)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does, by an exception, so that started processes end and temporary files are removed."""
    raise SystemExit(128 + number)


def _serve(everything: subprocess.Popen[bytes], *, quiet: bool) -> None:
    """Keep running until Ctrl-C or SIGTERM."""
    if not quiet:
        screen.print("\nstill running on its schedule; Ctrl-C ends it")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    while not stopped.wait(_POLL_S) and everything.poll() is None:
        pass
