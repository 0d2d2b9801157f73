"""Commands about sent mails: settle an unknown one; list, add and lift suppressions."""

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from cli.output import AsJson, flush_notifications, print_json, print_table, ready, screen
from db import connection
from db.access import audit
from db.mail import outbox, suppressions
from rules.mail import mailboxes
from rules.mail.mail_outcomes import MailState
from tasks.mail import settling, suppressing
from tasks.mail.settling import SettledAs

Reason = Annotated[str, typer.Option("--reason", help="How you know; the audit trail keeps it.")]


def settle(
    mail_id: int,
    settlement: Annotated[SettledAs, typer.Argument(help="What is so, or shall be.")],
    *,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Say of a mail of which nobody knows that it arrived, or have it sent again. Of two who do so, one counts."""
    with ready():
        with connection.transaction():
            before = outbox.get(mail_id)
            state = settling.settle(mail_id, settlement)
            audit.add(
                getpass.getuser(),
                "mail settle",
                f"mail {mail_id}",
                {"recipient": before.recipient, "settlement": str(settlement)},
                before={"state": before.state},
                after={"state": state},
                reason=_require_reason(reason),
                client_id=before.client_id,
            )
        flush_notifications()
        if as_json:
            print_json({"id": mail_id, "state": state})
        else:
            screen.print(f"mail {mail_id} {'counts as sent' if state is MailState.SENT else 'is sent again'}")


def list_suppressions(*, as_json: AsJson = False) -> None:
    """List the addresses that get no mail, also those whose time is over."""
    with ready():
        found = list(suppressions.LIST.every())
        if as_json:
            print_json([asdict(one) for one in found])
            return
        print_table(
            "Suppressions",
            ("id", "address", "why", "said", "since", "until"),
            [(one.id, one.address, one.reason, one.said, one.created_at, one.expires_at) for one in found],
        )


def suppress(
    address: str,
    *,
    reason: Reason,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="For so long; else until it is lifted.")] = None,
) -> None:
    """Let an address have no mail."""
    with ready():
        if not mailboxes.is_address(address):
            raise LookupError(f"{address!r} is no mail address: write it as name@example.com")
        with connection.transaction():
            holds = suppressing.suppress(address, why=_require_reason(reason), days=days, actor=getpass.getuser())
            audit.add(getpass.getuser(), "suppression add", f"address {holds.address}", {"days": days}, reason=reason)
        screen.print(f"{holds.address} gets no mail", markup=False)


def lift(address: str, *, reason: Reason) -> None:
    """Let an address have mail again."""
    with ready():
        with connection.transaction():
            entry = suppressions.of_address(address)
            before = suppressing.lift(entry.id)
            details = {"reason": before.reason}
            audit.add(
                getpass.getuser(),
                "suppression lift",
                f"address {before.address}",
                details,
                reason=_require_reason(reason),
            )
        screen.print(f"{before.address} gets mail again", markup=False)


def _require_reason(reason: str) -> str:
    if not reason.strip():
        raise LookupError("--reason is empty: say how you know, for the audit trail")
    return reason
