"""The demo's report: what was looked up and found, in tables or as JSON, and how to sign in."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from cli.demo.expectations import Expectation
from cli.demo.night import NightFigures
from cli.output import print_table, screen
from db import connection
from db.billing import invoices
from db.ledger import health
from db.mail import outbox
from db.payments import settlements
from db.portfolio import alerts, clients, domains, endpoints
from rules.billing import money
from wording.certificates import findings

_ROWS = 12


def document(night: NightFigures, checked: list[Expectation]) -> dict[str, object]:
    """Return the report as data for JSON."""
    with connection.session():
        return {
            "counts": _counts(),
            "jobs_per_second": round(night.rate, 1),
            "seconds": round(night.seconds, 2),
            "expectations": [asdict(one) for one in checked],
        }


def show(night: NightFigures, checked: list[Expectation]) -> None:
    """Print the report."""
    with connection.session():
        _show_counts(night)
        _show_lapsing()
        _show_wrong()
        _show_invoices()
    rows = [("held" if one.held else "FAILED", one.name, one.detail) for one in checked]
    print_table("Expectations, computed from the sandbox's truth", ("", "expectation", "difference"), rows)


def show_folder(folder: Path) -> None:
    """Say where the log, the mails and the invoices are; for a folder that outlives the report."""
    screen.print(f"\nlog: {folder / 'log.jsonl'}\nmails: {folder / 'sandbox-mail'}\ninvoices: {folder / 'documents'}")


def show_access(access: dict[str, str]) -> None:
    """Say how to come in; the link is printed as it is, so that no terminal breaks it."""
    typer.echo(f"\ndashboard: {access['dashboard']}\nsign in, once and within 15 minutes: {access['sign_in']}")
    typer.echo(f"API: {access['dashboard']}/api/docs with `Authorization: Bearer {access['api_token']}`")


def _counts() -> dict[str, object]:
    return {
        "clients": clients.count(),
        "domains": domains.count(),
        "endpoints": endpoints.count(),
        "domain_answers": domains.answers(),
        "endpoint_faults": endpoints.faults(),
        "alerts": len(alerts.open_()),
        "invoices": len(invoices.all_()),
        "mails": outbox.counts(),
        "jobs": health.states(),
    }


def _show_counts(night: NightFigures) -> None:
    print_table("What was looked after", ("", "number"), list(_counts().items()))
    screen.print(f"{night.jobs} jobs in {night.seconds:.1f} s: {night.rate:.0f} jobs/s\n")


def _show_lapsing() -> None:
    until = datetime.now(UTC) + timedelta(days=14)
    rows = [(one.known.expires, one.name, one.client_name) for one in domains.lapsing(until=until)]
    rows += [
        (one.known.not_after, f"certificate of {one.host}", one.client_name)
        for one in endpoints.lapsing(until=until)
        if one.known
    ]
    rows.sort(key=lambda row: row[0] or until)
    print_table("What lapses next", ("when", "what", "client"), rows[:_ROWS])
    screen.print()


def _show_wrong() -> None:
    rows = [
        (one.address, findings.message(one.known), one.client_name)
        for one in endpoints.faulty(limit=_ROWS)
        if one.known
    ]
    print_table("What is wrong now", ("endpoint", "what", "client"), rows)
    screen.print()


def _show_invoices() -> None:
    issued = invoices.all_()
    settled = settlements.of_invoices(issued, on=datetime.now(UTC).date())
    rows = [
        (one.name, clients.get(one.client_id).name, len(invoices.lines(one.id)), money.display(one.gross, "en"),
         settled[one.id].state)
        for one in issued
    ]  # fmt: skip
    print_table("Invoices issued", ("number", "client", "lines", "total", "state"), rows[:_ROWS])
    if len(rows) > _ROWS:
        screen.print(f"... and {len(rows) - _ROWS} more")
    screen.print()
