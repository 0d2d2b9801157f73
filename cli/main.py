"""The ``nolapse`` command."""

import typer

from cli import access, cert, demo, doctor, domain, portfolio, processes, whois, work

app = typer.Typer(
    name="nolapse",
    help="Keeps domains, certificates and invoices from lapsing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for part in (processes.app, demo.app, doctor.app, portfolio.app, domain.app, work.app):
    app.add_typer(part)
app.add_typer(work.jobs_app, name="jobs")
app.add_typer(work.schedules_app, name="schedules")
app.add_typer(cert.app, name="cert")
app.add_typer(whois.app, name="whois")
app.add_typer(access.users_app, name="user")
app.add_typer(access.tokens_app, name="token")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
