"""Commands about alerts: what is open, one with its history, and what staff do about them."""

import getpass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from api_stub.resources.alerting import alert_actions
from api_stub.resources.alerting import alert_channels as alert_channels_resource
from api_stub.resources.alerting import alerts as resource
from api_stub.security.alert_answers import Actor
from cli.output import AsJson, flush_notifications, print_json, print_table, ready, screen, shown
from db import connection
from db.access import audit
from db.alerting import alert_deliveries
from db.portfolio import alert_lists, alerts
from rules.alerts.life import LONGEST_NOTE, LONGEST_SNOOZE, AlertEventKind
from tasks.alerts import alert_channels
from wording.alerts import alert_histories, alert_sentences

app = typer.Typer(invoke_without_command=True, help="List open alerts; see to them, put them off, note, close.")

_Ids = Annotated[list[int], typer.Argument(help="Numbers of alerts", min=1)]
_Note = Annotated[str, typer.Option("--note", help="Why, for those who look later.")]


@app.callback()
def list_alerts(
    context: typer.Context,
    *,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what is open, the most pressing first."""
    if context.invoked_subcommand:
        return
    with ready():
        kinds = [kind] if kind else [one for one, _ in alert_lists.kinds()]
        found = alert_lists.pressing(kinds, limit=limit)
        if as_json:
            print_json([resource.document(one).model_dump(mode="json") for one in found])
            return
        rows = [(one.id, one.urgency.name.lower(), one.headline, one.client_name, _standing(one)) for one in found]
        print_table("Open alerts", ("id", "urgency", "what", "client", "who"), rows)


@app.command("show")
def show_alert(alert_id: Annotated[int, typer.Argument(min=1)], *, as_json: AsJson = False) -> None:
    """Show one alert, what to do about it, and what happened to it."""
    with ready():
        found, history = alerts.get(alert_id), alerts.history(alert_id)
        if as_json:
            events = [{"at": one.at, "kind": one.kind, "actor": one.actor, "note": one.note} for one in history]
            print_json({**resource.document(found).model_dump(mode="json"), "history": events})
            return
        screen.print(shown(found.headline), markup=False, soft_wrap=True)
        screen.print(shown(found.what_to_do or alert_sentences.advice_on(found.kind)), markup=False, soft_wrap=True)
        rows = [(one.at, alert_histories.sentence(one), one.until, one.note) for one in history]
        print_table("What happened", ("at", "what", "until", "note"), rows)


@app.command("ack")
def acknowledge(ids: _Ids, *, note: _Note = "", as_json: AsJson = False) -> None:
    """See to alerts: nobody else is told, until a graver stage is reached."""
    _act(ids, AlertEventKind.ACKNOWLEDGED, note, as_json=as_json)


@app.command("snooze")
def snooze(
    ids: _Ids,
    *,
    hours: Annotated[int, typer.Option(min=1, max=LONGEST_SNOOZE.days * 24, help="For how long.")] = 24,
    note: _Note = "",
    as_json: AsJson = False,
) -> None:
    """Put alerts off: nobody is told until then; what is still open is told then."""
    until = datetime.now(UTC) + timedelta(hours=hours)
    _act(ids, AlertEventKind.SNOOZED, note, until=until, as_json=as_json)


@app.command("note")
def note_down(
    ids: _Ids, *, note: Annotated[str, typer.Option("--note", help="What to note.")], as_json: AsJson = False
) -> None:
    """Write a note into the history of alerts, also of those that are closed."""
    _act(ids, AlertEventKind.NOTED, note, as_json=as_json)


@app.command("close")
def close(ids: _Ids, *, note: _Note = "", as_json: AsJson = False) -> None:
    """Close alerts; they stay closed while their cause holds, unless a graver stage is reached."""
    _act(ids, AlertEventKind.CLOSED, note, as_json=as_json)


@app.command("test-channel")
def try_channel(
    name: Annotated[str, typer.Argument(help="Of NOLAPSE_ALERT_CHANNELS")], *, as_json: AsJson = False
) -> None:
    """Send a test through a channel; the page of the channels says what became of it."""
    with ready():
        actor = getpass.getuser()
        with connection.transaction():
            delivery_id = alert_channels.post_test(name, asked_by=actor)
            audit.add(actor, "alert channel test", f"alert channel {name}", {"delivery": delivery_id})
        flush_notifications()
        delivery = alert_deliveries.get(delivery_id)
        if as_json:
            print_json(alert_channels_resource.document(delivery).model_dump(mode="json"))
            return
        screen.print(shown(f"{delivery.message_id} is on its way through {name}"), markup=False, soft_wrap=True)


def _act(ids: list[int], kind: AlertEventKind, note: str, *, until: datetime | None = None, as_json: bool) -> None:
    """Do ``kind`` to all of these alerts; to none where one does not exist or is not open."""
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise typer.BadParameter(f"a note is one line of at most {LONGEST_NOTE} characters")
    with ready():
        there = {one.id: one for one in alerts.many(ids)}
        for number in ids:
            if number not in there:
                raise LookupError(f"no alert has the id {number}")
            if not there[number].open and kind is not AlertEventKind.NOTED:
                raise LookupError(f"alert {number} is not open any more")
        done = alert_actions.act(Actor(getpass.getuser()), ids, kind, note=note, until=until)
        flush_notifications()
        if as_json:
            print_json(
                [resource.document(one).model_dump(mode="json") for one in alerts.many([one.id for one in done])]
            )
            return
        for one in alerts.many([one.id for one in done]):
            screen.print(shown(f"{one.id}: {one.headline}: {_standing(one)}"), markup=False, soft_wrap=True)


def _standing(one: alerts.Alert) -> str:
    state = one.state
    if not one.open:
        return "closed"
    if state.is_snoozed(datetime.now(UTC)) and state.snoozed_until:
        return f"put off until {state.snoozed_until:%Y-%m-%d %H:%M} UTC"
    return f"{state.acknowledged_by} sees to it" if state.acknowledged_at else "open"
