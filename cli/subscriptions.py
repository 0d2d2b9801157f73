"""Commands about subscriptions: list, add, import, change, pause, resume, end."""

import getpass
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.output import AsJson, Exit, complain, notes, print_json, print_table, ready, screen
from db import connection
from db.access import audit
from db.billing import subscription_changes, subscription_entries, subscriptions
from db.billing.billing_items import BillingItem
from db.billing.subscription_entries import SubscriptionEntry
from db.billing.subscriptions import Subscription
from db.portfolio import clients
from rules.billing import entries, money, subscription_file
from rules.billing.entries import BadEntry
from rules.portfolio import BadFile, Complaint
from tasks.billing import billing_due
from wording.billing import intervals

subscriptions_app = typer.Typer(
    no_args_is_help=True, help="Subscriptions: list, add, import, change, pause, resume, end."
)

_SHOWN = 50
Number = Annotated[int, typer.Argument(help="The subscription's number.")]
Day = Annotated[str, typer.Argument(help="A day such as 2027-01-01.")]
Pairs = Annotated[list[str], typer.Argument(help="Fields such as client=Bakery price=29.00", metavar="FIELD=VALUE...")]


@subscriptions_app.command("list")
def list_(
    client: Annotated[str | None, typer.Option(help="Only those of the client of this name.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List subscriptions, the newest first, with the terms that hold last."""
    with ready():
        page = subscriptions.LIST.page("-id", client=_client_id(client), size=limit)
        terms = subscriptions.terms_of(page.rows)
        if as_json:
            print_json([_document(one) for one in page.rows])
            return
        rows = [
            (
                one.id,
                one.client_name,
                one.description,
                f"{terms[one.id][-1].quantity:f} x {money.written(terms[one.id][-1].unit_price)} {one.currency}",
                intervals.said(one.interval),
                f"ends {one.until}" if one.until else one.next_due,
            )
            for one in page.rows
        ]
        print_table("Subscriptions", ("id", "client", "what", "price", "every", "next due"), rows)


@subscriptions_app.command()
def add(pairs: Pairs, *, as_json: AsJson = False) -> None:
    """Add a subscription. What is left out is the product's.

    Fields: client, product, domain, description, price, currency, interval (P1M, P1Y, P2W), quantity, start,
    trial_until, until, discount (10% or 5.00), discount_until, coupon, tax (in percent, without a product).
    """
    with ready(), connection.transaction():
        on = datetime.now(UTC).date()
        entry = subscription_entries.read(_texts(pairs), on=on)
        number = _keep(entry, on=on)
        _say(number, f"subscription {number}: {entry.subscription.description}", as_json=as_json)


@subscriptions_app.command("import")
def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    keep_good: Annotated[bool, typer.Option(help="Import the good lines even if others are bad.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would become of each line, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import subscriptions from a CSV file; importing the same file again changes nothing.

    The head line names the fields that `add` takes. Unless --keep-good is given, one bad line and nothing is imported
    (exit code 2).
    """
    with ready():
        on = datetime.now(UTC).date()
        with connection.transaction():
            fates, good = _planned(file, on=on)
            bad = [one for one in fates if isinstance(one, Complaint)]
            refused = bool(bad) and not keep_good
            for entry in [] if refused or dry_run else good:
                _keep(entry, on=on, source=file.name)
        if as_json:
            fated = [str(one) for one in fates]
            print_json({"lines": fated, "new": 0 if refused or dry_run else len(good), "bad": len(bad)})
        else:
            _report(fates, len(good), refused=refused, dry_run=dry_run)
        if bad:
            raise typer.Exit(Exit.BAD_INPUT if refused else Exit.WRONG)


@subscriptions_app.command()
def change(number: Number, pairs: Pairs, *, as_json: AsJson = False) -> None:
    """Change begin, quantity, price, discount ("none" takes it away) or discount_until from a day on."""
    with ready(), connection.transaction():
        found = subscriptions.get(number)
        given = _texts(pairs)
        begin, values = subscription_entries.read_change(given, found, on=_today(found))
        items = subscription_changes.change_terms(number, begin, **values)
        _report_change(found, "change", {**given, "begin": begin}, items, as_json=as_json)


@subscriptions_app.command()
def pause(
    number: Number,
    begin: Day,
    *,
    resumes: Annotated[str | None, typer.Option(help="The day on which it is charged again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Charge nothing from a day on; days that were paid for are given back with the next invoice."""
    with ready(), connection.transaction():
        found = subscriptions.get(number)
        until = _day("resumes", resumes) if resumes else None
        items = subscription_changes.pause(number, _day("begin", begin), until)
        _report_change(found, "pause", {"begin": begin, "resumes": resumes}, items, as_json=as_json)


@subscriptions_app.command()
def resume(number: Number, begin: Day, *, as_json: AsJson = False) -> None:
    """Charge a paused subscription again from a day on."""
    with ready(), connection.transaction():
        found = subscriptions.get(number)
        items = subscription_changes.change_terms(number, _day("begin", begin), paused=False)
        _report_change(found, "resume", {"begin": begin}, items, as_json=as_json)


@subscriptions_app.command()
def end(
    number: Number,
    until: Day,
    *,
    gives_back: Annotated[bool, typer.Option(help="Give days back that were paid for after it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a subscription end: the day is the first one without it."""
    with ready(), connection.transaction():
        found = subscriptions.get(number)
        items = subscription_changes.end(number, _day("until", until), gives_back=gives_back)
        billing_due.released(number, found.client_id)
        _report_change(found, "end", {"until": until, "gives_back": gives_back}, items, as_json=as_json)


def _planned(file: Path, *, on: date) -> tuple[list[str | Complaint], list[SubscriptionEntry]]:
    """Return the fate of each line, and the new subscriptions; two lines with the same content count as one."""
    fates: list[str | Complaint] = []
    good: list[SubscriptionEntry] = []
    for line, texts in subscription_file.read(_lines(file), subscription_entries.FIELDS):
        try:
            entry = subscription_entries.read(texts, on=on)
        except BadEntry as error:
            fates += [Complaint(line, name, what) for name, what in error.faults]
            continue
        known = subscription_entries.same(entry)
        if known or any(entry.subscription == other.subscription for other in good):
            fates.append(f"line {line}: there already{f' as subscription {known.id}' if known else ''}")
            continue
        good.append(entry)
        fates.append(f"line {line}: new, {entry.subscription.client_name}: {entry.subscription.description}")
    return fates, good


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from lines
    except UnicodeDecodeError:
        raise BadFile(f"{file} is not UTF-8: save it as CSV UTF-8") from None


def _report(fates: Sequence[str | Complaint], new: int, *, refused: bool, dry_run: bool) -> None:
    for one in fates[:_SHOWN]:
        if isinstance(one, Complaint):
            complain(str(one), style="yellow")
        else:
            screen.print(one, markup=False, highlight=False, soft_wrap=True)
    if len(fates) > _SHOWN:
        notes.print(f"and {len(fates) - _SHOWN} more; --json has all")
    if refused:
        notes.print("[red]nothing was imported[/]: mend the lines above, or use --keep-good")
    screen.print(f"{'would be new' if dry_run or refused else 'new'}: {new}")


def _keep(entry: SubscriptionEntry, *, on: date, source: str = "") -> int:
    number = subscription_entries.add(entry, on=on)
    found = entry.subscription
    details = {"client": found.client_name, "what": found.description, **({"file": source} if source else {})}
    audit.add(getpass.getuser(), "subscription add", f"subscription {number}", details, client_id=found.client_id)
    return number


def _report_change(
    found: Subscription, action: str, details: dict[str, Any], items: Sequence[BillingItem], *, as_json: bool
) -> None:
    subject = f"subscription {found.id}"
    audit.add(getpass.getuser(), f"subscription {action}", subject, details, client_id=found.client_id)
    amounts = "".join(f"; {money.written(one.net)} {one.currency} go onto the next invoice" for one in items)
    _say(found.id, f"{subject} is changed{amounts}", as_json=as_json)


def _say(number: int, words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(subscriptions.get(number)))
    else:
        screen.print(words, markup=False, highlight=False, soft_wrap=True)


def _document(one: Subscription) -> dict[str, Any]:
    terms = subscriptions.terms_of([one])[one.id]
    return {
        "id": one.id,
        "client": one.client_name,
        "description": one.description,
        "domain": one.domain_name,
        "currency": one.currency,
        "interval": str(one.interval),
        "anchor": one.anchor,
        "until": one.until,
        "next_due": one.next_due,
        "billed": one.billed,
        "terms": [
            {
                "begin": held.begin,
                "quantity": f"{held.quantity:f}",
                "price": money.written(held.unit_price),
                "paused": held.paused,
            }
            for held in terms
        ],
    }


def _texts(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise BadEntry((wrong[0][:40], "is not FIELD=VALUE"))
    return dict(pair.split("=", 1) for pair in pairs)


def _client_id(name: str | None) -> int | None:
    if name is None:
        return None
    found = next(iter(clients.LIST.page("id", name=name, size=1).rows), None)
    if found is None:
        raise LookupError(f"no client is called {name[:60]!r}")
    return found.id


def _day(field: str, written: str) -> date:
    try:
        return entries.day(written)
    except ValueError as error:
        raise BadEntry((field, str(error))) from None


def _today(found: Subscription) -> date:
    return datetime.now(ZoneInfo(clients.get(found.client_id).zone)).date()
