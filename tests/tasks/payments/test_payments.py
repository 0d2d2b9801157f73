"""Payments: each is made once whatever is lost, and its invoice's state follows from what Stripe says, in any order."""

import random
from datetime import timedelta

import pytest

import settings
from db import connection
from db.billing import invoices
from db.ledger import effects
from db.mail import outbox
from db.payments import attempts, payments, refunds, settlements, statements, webhooks
from db.portfolio import alerts
from rules.billing.attempts import AttemptState
from rules.billing.money import Money
from rules.billing.settlement import DisputeState, RefundState, SettlementState
from rules.jobs import JobState
from sandbox.stripe import checkout
from sandbox.stripe import payments as there
from sandbox.stripe.misbehaviour import StripeFault
from tasks import payments as tasks
from tasks.billing import invoices as billing
from tasks.payments import booking, collection
from tasks.payments import webhooks as inbox
from tasks.payments.collection import NotCollectable
from tests.support import ledger as do
from tests.support.crowds import at_once
from tests.tasks.payments.conftest import GROSS, Till


def alert_kinds() -> set[str]:
    return {one.kind for one in alerts.open_()}


class TestCheckout:
    def test_a_paid_page_makes_the_invoice_paid_once_its_events_are_folded(self, till: Till) -> None:
        attempt = till.pay()
        assert attempt.state is AttemptState.OPEN
        assert attempt.url
        assert till.settled.state is SettlementState.OPEN
        till.hear()
        assert till.settled.state is SettlementState.PAID
        assert till.payment.amount == Money(GROSS, "EUR")
        assert attempts.require(attempt.id).state is AttemptState.SUCCEEDED
        assert till.stripe.objects.charged() == GROSS

    def test_the_page_leads_back_to_the_clients_link_and_is_opened_once(self, till: Till) -> None:
        first, second = till.open_page(), till.open_page()
        assert first == second
        (session,) = till.stripe.objects.all("checkout.session")
        assert "/pay/" in session["success_url"]
        assert session["metadata"]["nolapse_invoice"] == str(till.invoice.id)

    def test_a_card_that_is_declined_there_leaves_the_page_open(self, till: Till) -> None:
        attempt = till.open_page()
        with pytest.raises(there.StripeProblem):
            checkout.pay(till.stripe.objects, attempt.object_id or "", "chargeDeclined")
        till.hear()
        assert attempts.require(attempt.id).state is AttemptState.OPEN
        checkout.pay(till.stripe.objects, attempt.object_id or "", "visa")
        till.hear()
        assert till.settled.state is SettlementState.PAID

    def test_a_page_for_another_amount_is_closed_before_a_new_one_is_opened(self, till: Till) -> None:
        first = till.open_page()
        entered(till, 1000)
        with pytest.raises(NotCollectable, match="closed first"):
            till.open_page()
        till.drain()
        assert attempts.require(first.id).state is AttemptState.EXPIRED
        second = till.open_page()
        assert second.amount_minor == GROSS - 1000
        with pytest.raises(there.StripeProblem):
            checkout.pay(till.stripe.objects, first.object_id or "", "visa")

    def test_a_paid_invoice_opens_no_page(self, till: Till) -> None:
        entered(till, GROSS)
        with pytest.raises(NotCollectable, match="Nothing is outstanding"):
            till.open_page()


def entered(till: Till, minor: int, *, key: str = "form-1", reference: str = "R 17") -> int:
    return collection.record(
        till.invoice.id,
        Money(minor, "EUR"),
        reference=reference,
        received_on=till.today,
        key=key,
        by="ada",
        today=till.today,
    )


def kept_card(till: Till, card: str = "visa") -> None:
    """Have the client keep a card: by an invoice that was paid so, and whose money went back."""
    till.pay(card, keeps_card=True)
    if card == "authenticationRequired":
        checkout.answer(till.stripe.objects, attempts.of_invoice(till.invoice.id)[0].object_id or "", passes=True)
    till.hear()
    there.dispute(till.stripe.objects, till.payment.key)
    there.close_dispute(till.stripe.objects, till.stripe.objects.all("dispute")[0]["id"], won=False)
    till.hear()
    assert till.settled.outstanding == GROSS


class TestCharge:
    def charged(self, till: Till) -> int:
        return collection.charge_card(till.invoice.id, by="ada", on=till.today)

    def test_a_kept_card_is_charged_while_its_owner_is_away(self, till: Till) -> None:
        kept_card(till)
        attempt_id = self.charged(till)
        till.drain()
        assert attempts.require(attempt_id).state is AttemptState.SUCCEEDED
        assert till.settled.state is SettlementState.PAID
        assert till.stripe.objects.charged() == GROSS

    def test_a_bank_that_wants_to_hear_the_payer_leaves_it_unpaid_and_says_so(self, till: Till) -> None:
        kept_card(till, "authenticationRequired")
        attempt_id = self.charged(till)
        till.drain()
        assert attempts.require(attempt_id).state is AttemptState.NEEDS_PAYER
        assert till.settled.outstanding == GROSS
        assert till.stripe.objects.charged() == 0

    def test_a_client_whose_bank_wants_to_hear_them_is_mailed_a_link_once(self, till: Till) -> None:
        kept_card(till, "authenticationRequired")
        attempt_id = self.charged(till)
        till.drain()
        till.hear()
        (number,) = [one.id for one in outbox.LIST.page("-id").rows if "confirm" in one.subject]
        mail = outbox.get(number)
        assert (mail.dedupe_key, mail.recipient) == (f"confirm:{attempt_id}", "bakery@clients.test")
        assert "34.51" in mail.text
        assert till.open_page().state is AttemptState.OPEN, "the link leads on to a page where they confirm"

    def test_without_a_kept_card_nothing_is_charged(self, till: Till) -> None:
        with pytest.raises(NotCollectable, match="keep a card"):
            self.charged(till)

    def test_two_at_once_are_one(self, till: Till) -> None:
        kept_card(till)
        self.charged(till)
        with pytest.raises(NotCollectable, match="under way"):
            self.charged(till)

    @pytest.mark.parametrize("forgets", [False, True])
    @pytest.mark.parametrize(
        "fault",
        [
            StripeFault.HANG_UP_AFTER, StripeFault.BROKEN_AFTER, StripeFault.HANG_UP,
            StripeFault.CONFLICT, StripeFault.AWAY,
        ],
    )  # fmt: skip
    def test_whose_answer_was_lost_is_charged_once_also_a_day_later(
        self, fault: StripeFault, till: Till, *, forgets: bool
    ) -> None:
        kept_card(till)
        attempt_id = self.charged(till)
        till.stripe.fail_next(fault, "/v1/payment_intents")
        (job,) = till.drain()
        assert job.state is JobState.QUEUED
        if forgets:
            till.stripe.api.forget_keys()
        till.worker.run(job.id)
        assert attempts.require(attempt_id).state is AttemptState.SUCCEEDED
        assert till.stripe.objects.charged() == GROSS
        assert do.outcome_of(f"stripe:attempt:{attempt_id}") == "done"

    def test_asked_too_often_it_waits_for_as_long_as_stripe_says_and_uses_no_attempt(self, till: Till) -> None:
        kept_card(till)
        attempt_id = self.charged(till)
        till.stripe.fail_next(StripeFault.THROTTLED, "/v1/payment_intents")
        (job,) = till.drain()
        assert (job.state, job.attempts) == (JobState.QUEUED, 0)
        assert "asked too often" in (job.waits_for or "")
        with connection.transaction():
            connection.execute("DELETE FROM lane")  # the wait is over
        till.worker.run(job.id)
        assert attempts.require(attempt_id).state is AttemptState.SUCCEEDED
        assert till.stripe.objects.charged() == GROSS

    def test_a_refused_request_fails_and_another_may_be_begun(self, till: Till) -> None:
        kept_card(till)
        attempt_id = self.charged(till)
        with connection.transaction():
            connection.execute("UPDATE payment_attempt SET card = 'pm_none' WHERE id = %s", attempt_id)
        (job,) = till.drain()
        assert job.state is JobState.FAILED
        assert attempts.require(attempt_id).state is AttemptState.FAILED
        assert not effects.is_open(f"stripe:attempt:{attempt_id}")
        self.charged(till)


class TestGiveBack:
    def given(self, till: Till, minor: int) -> int:
        return collection.give_back(till.payment.id, Money(minor, "EUR"), reason="goodwill", by="ada")

    def test_a_part_goes_back_and_the_invoice_stays_paid(self, till: Till) -> None:
        till.pay()
        till.hear()
        refund_id = self.given(till, 451)
        till.drain()
        assert refunds.require(refund_id).state is RefundState.SUCCEEDED
        assert till.payment.refunded_minor == 451
        assert till.settled.state is SettlementState.PAID
        assert till.stripe.objects.charged() == GROSS - 451

    def test_all_of_it_makes_the_invoice_refunded_and_no_more_can_go_back(self, till: Till) -> None:
        till.pay()
        till.hear()
        self.given(till, GROSS)
        with pytest.raises(NotCollectable):
            self.given(till, 1)
        till.drain()
        assert till.settled.state is SettlementState.REFUNDED
        assert till.stripe.objects.charged() == 0

    @pytest.mark.parametrize("forgets", [False, True])
    @pytest.mark.parametrize("fault", [StripeFault.HANG_UP_AFTER, StripeFault.BROKEN_AFTER])
    def test_whose_answer_was_lost_goes_back_once(self, fault: StripeFault, till: Till, *, forgets: bool) -> None:
        till.pay()
        till.hear()
        self.given(till, 451)
        till.stripe.fail_next(fault, "/v1/refunds")
        (job,) = till.drain()
        if forgets:
            till.stripe.api.forget_keys()
        till.worker.run(job.id)
        assert till.payment.refunded_minor == 451
        assert till.stripe.objects.charged() == GROSS - 451

    def test_one_that_comes_back_does_not_count(self, till: Till) -> None:
        till.pay()
        till.hear()
        refund_id = self.given(till, 451)
        till.drain()
        there.fail_refund(till.stripe.objects, refunds.require(refund_id).refund or "")
        till.hear()
        assert refunds.require(refund_id).state is RefundState.FAILED
        assert till.payment.refunded_minor == 0


class TestFold:
    def test_any_order_and_any_repetition_lead_to_the_same_books(self, till: Till) -> None:
        till.pay()
        intent = till.stripe.objects.all("payment_intent")[0]["id"]
        there.refund(till.stripe.objects, {"payment_intent": intent, "amount": "51"})
        there.dispute(till.stripe.objects, intent)
        there.close_dispute(till.stripe.objects, till.stripe.objects.all("dispute")[0]["id"], won=True)
        events, chance = list(till.stripe.objects.events), random.Random(17)
        for _ in range(6):
            connection.execute("DELETE FROM payment")
            connection.execute("DELETE FROM stripe_object")
            connection.execute("DELETE FROM webhook")
            connection.execute("UPDATE payment_attempt SET state = 'open'")
            chance.shuffle(events)
            for event in [*events, chance.choice(events)]:
                till.receive(event)
            till.drain()
            assert (till.payment.amount_minor, till.payment.refunded_minor) == (GROSS, 51)
            assert (till.payment.dispute, till.payment.disputed_minor) == (DisputeState.WON, 0)
            assert till.settled.state is SettlementState.PAID

    def test_the_same_event_is_one_row(self, till: Till) -> None:
        till.pay()
        event = till.stripe.objects.events[-1]
        assert [till.receive(event) for _ in range(3)] == [True, False, False]

    def test_a_dispute_is_told_to_staff_and_over_once_it_is_won(self, till: Till) -> None:
        till.pay("createDispute")
        till.hear()
        assert till.settled.state is SettlementState.DISPUTED
        assert booking.DISPUTED in alert_kinds()
        there.close_dispute(till.stripe.objects, till.stripe.objects.all("dispute")[0]["id"], won=True)
        till.hear()
        assert till.settled.state is SettlementState.PAID
        assert booking.DISPUTED not in alert_kinds()

    def test_a_lost_dispute_makes_the_invoice_owed_again(self, till: Till) -> None:
        till.pay("createDispute")
        there.close_dispute(till.stripe.objects, till.stripe.objects.all("dispute")[0]["id"], won=False)
        till.hear()
        assert (till.settled.state, till.settled.outstanding) == (SettlementState.OPEN, GROSS)
        assert till.stripe.objects.charged() == 0

    def test_a_payment_of_another_program_changes_nothing(self, till: Till) -> None:
        form = {"amount": "100", "currency": "eur", "payment_method": "pm_card_visa", "metadata": {}}
        there.confirm(till.stripe.objects, there.create_intent(till.stripe.objects, form)["id"], form)
        till.hear()
        assert payments.of_invoice(till.invoice.id) == []
        assert alert_kinds() == set()

    def test_a_payment_with_a_key_that_nobody_here_made_is_told_and_not_booked(self, till: Till) -> None:
        form = {
            "amount": "100",
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "metadata": {"nolapse_key": "unknown", "nolapse_invoice": str(till.invoice.id)},
        }
        there.confirm(till.stripe.objects, there.create_intent(till.stripe.objects, form)["id"], form)
        till.hear()
        assert payments.of_invoice(till.invoice.id) == []
        assert booking.MISMATCH in alert_kinds()

    def test_what_cannot_be_read_fails_and_may_be_folded_again(self, till: Till) -> None:
        till.pay()
        till.receive(till.stripe.objects.events[-1])
        with connection.transaction():
            connection.execute("UPDATE webhook SET body = '{}'")
        (job,) = till.drain()
        assert job.state is JobState.FAILED
        (kept,) = webhooks.LIST.page().rows
        assert (kept.state, kept.failure) == (webhooks.WebhookState.FAILED, job.error)
        with connection.transaction():
            inbox.refold(kept.id)
        assert webhooks.require(kept.id).state is webhooks.WebhookState.RECEIVED


class TestPoll:
    def test_what_did_not_come_is_asked_for_and_told_to_staff(self, till: Till) -> None:
        till.pay()
        assert till.worker.perform(inbox.poll).state is JobState.DONE
        till.drain()
        assert till.settled.state is SettlementState.PAID
        assert "webhooks_missed" in alert_kinds()
        till.worker.perform(inbox.poll)
        assert "webhooks_missed" not in alert_kinds()

    def test_a_payment_that_is_booked_otherwise_is_told_and_not_mended(self, till: Till) -> None:
        till.pay()
        till.hear()
        till.stripe.objects.all("payment_intent")[0]["created"] -= int(timedelta(hours=1).total_seconds())
        till.worker.perform(inbox.poll)
        assert booking.MISMATCH not in alert_kinds()
        with connection.transaction():
            connection.execute("UPDATE payment SET amount_minor = 1")
        till.worker.perform(inbox.poll)
        assert booking.MISMATCH in alert_kinds()
        assert till.payment.amount_minor == 1

    def test_without_a_key_nobody_is_asked(self, till: Till) -> None:
        before = sum(till.stripe.requests.values())
        with settings.override(stripe_key=None):
            assert till.worker.perform(inbox.poll).state is JobState.DONE
        assert sum(till.stripe.requests.values()) == before


class TestOverpaid:
    def test_what_is_paid_too_much_is_credit_and_shrinks_with_a_dispute(self, till: Till) -> None:
        till.pay()
        till.hear()
        entered(till, 1000)
        assert (till.settled.state, till.credit) == (SettlementState.PAID, 1000)
        there.dispute(till.stripe.objects, payments.of_invoice(till.invoice.id)[0].key)
        till.hear()
        assert till.credit == 0

    def test_the_same_form_enters_a_payment_once(self, till: Till) -> None:
        assert entered(till, 1000) == entered(till, 1000)
        assert (till.settled.state, till.settled.received) == (SettlementState.PARTLY_PAID, 1000)

    def test_a_form_that_is_sent_again_with_another_amount_changes_nothing(self, till: Till) -> None:
        entered(till, 1000)
        with pytest.raises(NotCollectable, match="entered a payment already"):
            entered(till, 2000)
        assert till.settled.received == 1000

    def test_what_cannot_be_a_payment_is_refused_in_words(self, till: Till) -> None:
        for minor, reference, says in [(0, "R", "not zero"), (5, "  ", "reference")]:
            with pytest.raises(NotCollectable, match=says):
                entered(till, minor, reference=reference)
        with pytest.raises(LookupError):
            collection.record(
                999, Money(1, "EUR"), reference="R", received_on=till.today, key="k", by="a", today=till.today
            )
        assert tasks.new_key() != tasks.new_key()


class TestCredit:
    def granted(self, till: Till, minor: int, key: str = "a") -> bool:
        return collection.grant_credit(till.invoice.client_id, Money(minor, "EUR"), reason="goodwill", key=key)

    def used(self, till: Till, key: str = "a") -> Money:
        return collection.use_credit(till.invoice.id, key=key, on=till.today)

    def test_it_is_granted_once_and_pays_an_invoice_as_far_as_it_goes(self, till: Till) -> None:
        assert self.granted(till, 1000)
        assert not self.granted(till, 1000)
        assert self.used(till) == Money(1000, "EUR")
        assert (till.settled.outstanding, till.credit) == (GROSS - 1000, 0)
        with pytest.raises(NotCollectable, match="no credit"):
            self.used(till, "b")

    def test_no_more_is_used_than_is_outstanding_and_none_twice_at_once(self, till: Till) -> None:
        self.granted(till, 5000)

        def use(number: int) -> int:
            try:
                return self.used(till, f"{number}").minor
            except NotCollectable:
                return 0

        assert sorted(at_once(4, use, within=connection.session)) == [0, 0, 0, GROSS]
        assert (till.settled.state, till.credit) == (SettlementState.PAID, 5000 - GROSS)

    def test_what_paid_an_invoice_that_is_taken_back_is_credit_again(self, till: Till) -> None:
        self.granted(till, 1000)
        self.used(till)
        till.worker.perform(billing.credit, invoice_id=till.invoice.id)
        assert till.credit == 1000
        assert settlements.of_invoice(invoices.require(till.invoice.id), on=till.today).outstanding == 0

    def test_no_more_is_taken_off_than_there_is(self, till: Till) -> None:
        self.granted(till, 1000)
        with pytest.raises(NotCollectable, match="less than"):
            self.granted(till, -1001, "b")
        assert self.granted(till, -1000, "c")
        (_, granted, taken) = statements.of_client(till.invoice.client_id, "EUR").entries
        assert (granted.amount_minor, taken.amount_minor, taken.balance_minor) == (-1000, 1000, GROSS)
