"""Commands that run processes: up, worker, scheduler, web; and migrate, which prepares for them."""

import typer

import settings
from cli.output import AsJson, complaining, print_json, screen
from workers import launch, up

app = typer.Typer()


@app.command("up")
def run_everything() -> None:
    """Run everything on this machine until Ctrl-C: web, scheduler, workers; an embedded Redis unless REDIS_URL is set.

    The database is brought to today's schema first. Each process is started again when it ends.
    """
    with complaining():
        up.main(tell=typer.echo)


@app.command()
def worker() -> None:
    """Run worker processes until SIGTERM; NOLAPSE_WORKER_PROCESSES says how many."""
    with complaining():
        launch.load("workers.pool").main()


@app.command("scheduler")
def run_scheduler() -> None:
    """Run the clock and the dispatcher until SIGTERM. A second one is a hot standby."""
    with complaining():
        launch.load("workers.scheduler").main()


@app.command("web")
def run_web() -> None:
    """Serve the API and the dashboard until SIGTERM, at NOLAPSE_WEB_HOST and NOLAPSE_WEB_PORT."""
    with complaining():
        launch.load("workers.web").main()


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Bring the database to today's schema. Safe to repeat, and to run from several machines at once."""
    with complaining():
        settings.current()
        applied = up.prepare()
    if as_json:
        print_json({"applied": applied})
    else:
        screen.print(f"applied: {', '.join(applied)}" if applied else "nothing to do: the schema is current")
