"""Bank files: each move is kept once, and what is booked of it is never more than it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from db import connection
from db.billing import senders
from db.billing.senders import Sender
from db.payments import bank_entries, open_invoices, payments
from db.payments.bank_entries import BankEntry
from rules.bank.bank_file import BadBankFile
from rules.bank.entry_states import BankEntryState
from rules.bank.matching import MatchReason
from rules.billing.money import Money
from rules.billing.settlement import PaymentSource, SettlementState
from tasks.payments import bank_booking
from tasks.payments.bank_booking import BankImport
from tasks.payments.collection import NotCollectable
from tests.support.bank_files import OURS, THEIRS, camt053, entry, money_in, mt940
from tests.tasks.payments.conftest import GROSS, Till


@pytest.fixture(autouse=True)
def account(till: Till) -> None:
    senders.add(Sender(name="Agency", series="AG", iban=OURS))


def read(raw: bytes) -> BankImport:
    with connection.transaction():
        return bank_booking.take_in(raw, name="november.xml", by="ada")


def kept() -> list[BankEntry]:
    return list(bank_entries.LIST.page("id").rows)


def test_a_file_is_read_once_however_often_it_comes(till: Till) -> None:
    assert read(camt053(entry(), entry(kind="DBIT"))) == BankImport(new=1, known=0, left_out=1)
    assert read(camt053(entry(), entry("1.00"))) == BankImport(new=1, known=1, left_out=0)
    assert [one.amount_minor for one in kept()] == [GROSS, 100]
    assert till.settled.state is SettlementState.OPEN, "nothing is booked by itself"


def test_the_file_of_another_account_is_refused_whole(till: Till) -> None:
    with pytest.raises(BadBankFile, match=f"of the account {THEIRS}"):
        read(camt053(entry(), account=THEIRS))
    assert not kept()


def test_a_move_is_suggested_for_its_invoice_and_pays_it_when_confirmed(till: Till) -> None:
    read(mt940(money_in()))
    (move,) = kept()
    (match,) = bank_booking.suggestions([move], on=till.today)[move.id]
    assert match.invoice.id == till.invoice.id
    assert match.reasons == (MatchReason.NUMBER, MatchReason.AMOUNT, MatchReason.NAME)
    bank_booking.book(move.id, open_invoices.with_name("inv-000001") or 0, None, by="ada")
    assert till.settled.state is SettlementState.PAID
    assert (till.payment.source, till.payment.bank_entry_id) == (PaymentSource.BANK, move.id)
    assert kept()[0].state is BankEntryState.BOOKED
    assert bank_entries.payers([THEIRS]) == {THEIRS: [till.invoice.client_id]}
    with pytest.raises(NotCollectable, match=r"0.00 EUR of it is left"):
        bank_booking.book(move.id, till.invoice.id, None, by="ada")


def test_a_part_is_booked_and_no_more_than_is_left(till: Till) -> None:
    read(camt053(entry("40.00")))
    (move,) = kept()
    for amount in (4001, -1, 0):
        with pytest.raises(NotCollectable, match="of it is left"):
            bank_booking.book(move.id, till.invoice.id, Money(amount, "EUR"), by="ada")
    with pytest.raises(NotCollectable, match="paid in EUR"):
        bank_booking.book(move.id, till.invoice.id, Money(1, "CHF"), by="ada")
    bank_booking.book(move.id, till.invoice.id, Money(1000, "EUR"), by="ada")
    assert (till.settled.state, kept()[0].left) == (SettlementState.PARTLY_PAID, Money(3000, "EUR"))
    bank_booking.book(move.id, till.invoice.id, None, by="ada")
    assert till.credit == 4000 - GROSS, "what came too much is the client's credit"


def test_a_wrong_booking_is_taken_back_by_payments_below_zero(till: Till) -> None:
    read(camt053(entry("40.00")))
    (move,) = kept()
    bank_booking.book(move.id, till.invoice.id, None, by="ada")
    bank_booking.unbook(move.id, by="ada")
    assert (till.settled.state, till.credit, kept()[0].state) == (SettlementState.OPEN, 0, BankEntryState.OPEN)
    with pytest.raises(NotCollectable, match="Nothing of it"):
        bank_booking.unbook(move.id, by="ada")
    bank_booking.book(move.id, till.invoice.id, None, by="ada")
    assert [one.amount_minor for one in payments.of_invoice(till.invoice.id)] == [4000, -4000, 4000]


def test_money_that_the_bank_took_back_makes_the_invoice_owed_again(till: Till) -> None:
    read(camt053(entry(), entry(kind="DBIT", more="<RvslInd>true</RvslInd>", reference="R2")))
    for move in kept():
        bank_booking.book(move.id, till.invoice.id, None, by="ada")
    assert till.settled.outstanding == GROSS


def test_what_pays_nothing_is_set_aside_and_may_come_back(till: Till) -> None:
    read(camt053(entry()))
    (move,) = kept()
    bank_booking.set_aside(move.id, why="a private loan", by="ada")
    with pytest.raises(NotCollectable, match="set aside"):
        bank_booking.book(move.id, till.invoice.id, None, by="ada")
    bank_booking.reopen(move.id, by="ada")
    with pytest.raises(NotCollectable):
        bank_booking.reopen(move.id, by="ada")
    bank_booking.book(move.id, till.invoice.id, None, by="ada")
    assert till.settled.state is SettlementState.PAID


def test_many_who_read_and_book_at_once_do_it_once(till: Till) -> None:
    barrier = Barrier(4)

    def act(number: int) -> int:
        with connection.session():
            barrier.wait()
            new = read(camt053(entry(), entry())).new
            barrier.wait()
            first = kept()[0]
            try:
                bank_booking.book(first.id, till.invoice.id, None, by=f"{number}")
            except NotCollectable:
                return new
            return new + 100

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(act, range(4))) == 102
    assert till.settled.received == GROSS
