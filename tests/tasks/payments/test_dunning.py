"""Reminders are sent once for each stage, charge what the rule says, and stop on a payment, a dispute, a hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

import settings
from db import connection
from db.mail import outbox
from db.payments import dunning
from db.payments.dunning import DunningPause
from rules.billing.dunning import DunningHoldKind
from rules.billing.settlement import SettlementState
from sandbox.stripe import payments as there
from tasks.payments import dunning as tasks
from tests.tasks.payments.conftest import GROSS, Till

STAGES = '[{"days": -3}, {"days": 7}, {"days": 21, "fee": {"EUR": "5.00"}, "interest_percent": 10}]'


@pytest.fixture(autouse=True)
def stages(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NOLAPSE_DUNNING", STAGES)
    with settings.override(dunning=settings.load().dunning):
        yield


def look(till: Till, days: int) -> None:
    """Let the nightly look happen so many days after the invoice was due."""
    day = till.invoice.due_on + timedelta(days=days)
    with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
        till.worker.perform(tasks.remind_all)
        till.worker.drain(tasks.remind)


def letters() -> list[str]:
    found = [outbox.get(one.id) for one in outbox.LIST.page("id").rows]
    return [one.subject for one in found if one.dedupe_key.startswith("dunning:")]


def test_each_letter_goes_out_once_however_often_it_is_looked(till: Till) -> None:
    for days in (-10, -3, -3, -2, 7, 7, 8, 21, 21, 30, 60):
        look(till, days)
    due = till.invoice.due_on
    assert letters() == [
        f"Invoice INV-000001 is due on {due:%B} {due.day}, {due.year}",
        "Reminder: invoice INV-000001 is overdue",
        "Reminder: invoice INV-000001 is overdue",
    ]
    assert [one.days for one in dunning.steps(till.invoice.id)] == [-3, 7, 21]


def test_a_reminder_charges_what_is_then_owed_until_it_is_waived(till: Till) -> None:
    look(till, 21)
    look(till, 27)
    last = dunning.steps(till.invoice.id)[-1]
    assert (last.fee_minor, last.interest_minor) == (500, round(GROSS * 0.10 * 27 / 365))
    assert till.settled.outstanding == GROSS + last.fee_minor + last.interest_minor
    text = outbox.get(last.mail_id).text
    assert f"€{till.settled.outstanding / 100:.2f}" in text
    assert "signed-link:" in text
    with connection.transaction():
        assert dunning.waive(till.invoice.id, 21, by="ada")
        assert not dunning.waive(till.invoice.id, 21, by="ada")
    assert till.settled.outstanding == GROSS


def test_a_paid_invoice_is_left_alone_and_one_that_is_disputed_too(till: Till) -> None:
    till.pay()
    till.hear()
    look(till, 7)
    there.dispute(till.stripe.objects, till.payment.key)
    till.hear()
    assert till.settled.state is SettlementState.DISPUTED
    look(till, 8)
    assert letters() == []
    there.close_dispute(till.stripe.objects, till.stripe.objects.all("dispute")[0]["id"], won=False)
    till.hear()
    look(till, 9)
    assert letters() == ["Reminder: invoice INV-000001 is overdue"]


def test_a_promise_stops_reminders_until_its_day_is_over(till: Till) -> None:
    until = till.invoice.due_on + timedelta(days=10)
    with connection.transaction():
        dunning.set_pause(
            DunningPause(
                invoice_id=till.invoice.id,
                kind=DunningHoldKind.PROMISE,
                until=until,
                reason="called",
                set_by="ada",
            )
        )
    look(till, 7)
    assert letters() == []
    look(till, 11)
    assert len(letters()) == 1


def test_without_stages_nobody_is_reminded(till: Till) -> None:
    with settings.override(dunning=()):
        look(till, 60)
    assert letters() == []
