"""``nolapse payments``: entered once, listed, read from a bank's file, and what a client owes after each."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

from db.billing import invoices, senders, subscriptions
from db.billing.senders import Sender
from db.billing.subscriptions import Subscription
from db.payments import payments
from db.portfolio import clients
from db.portfolio.clients import Client
from tasks.billing import billing_due, credit_notes
from tests.cli.test_commands import Shell, shell  # noqa: F401 - a fixture
from tests.faults.marks import on_sqlite
from tests.support.bank_files import OURS, camt053, entry

pytestmark = on_sqlite


def issued() -> None:
    client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    today = datetime.now(UTC).date()
    subscription = Subscription(
        client_id=client_id, description="Hosting", price_minor=2900, currency="EUR", months=12, anchor=today
    )
    subscriptions.subscribe(subscription)
    lines = billing_due.of_client(client_id, on=today).lines
    invoices.issue(client_id, lines, series="INV", on=date(2026, 11, 1), due_days=14)


def test_a_payment_is_entered_once_listed_and_stands_in_the_statement(shell: Shell) -> None:  # noqa: F811
    issued()
    for _ in range(2):
        assert shell("payments", "record", "INV-000001", "10.00", "cash 7", "--on", "2026-11-03").code == 0
    (listed,) = shell("payments", "list", "--json").json
    assert (listed["amount_minor"], listed["reference"]) == (1000, "cash 7")
    said = shell("payments", "statement", "1").out
    assert "-10.00" in said
    assert "19.00" in said
    for wrong in (("INV-9", "1", "x"), ("INV-000001", "1.234", "x"), ("INV-000001", "0", "x")):
        assert shell("payments", "record", *wrong).code == 2
    assert payments.LIST.count().number == 1


def test_an_invoice_is_taken_back_in_part_and_exported(shell: Shell) -> None:  # noqa: F811
    issued()
    assert shell("invoices", "credit", "INV-000001", "half of it", "--amount", "14.50").code == 0
    for wrong in (("--amount", "29.01"), ("--line", "2"), ("--amount", "1", "--line", "1"), ("--amount", "1.234")):
        assert shell("invoices", "credit", "INV-000001", "x", *wrong).code == 2, wrong
    credit_notes.issue(order_id=1)
    exported = shell("invoices", "export", "--since", "2026-11-01").out
    assert [line.split(",")[0] for line in exported.splitlines()] == ["number", "INV-000001", "CN-INV-000001"]
    booked = list(csv.reader(shell("invoices", "export", "--format", "bookings").out.splitlines()))
    assert [line[:2] for line in booked[1:]] == [["29,00", "S"], ["14,50", "H"]]


def test_a_banks_file_is_read_and_the_same_again_adds_nothing(shell: Shell, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "november.xml"
    file.write_bytes(camt053(entry()))
    refused = shell("payments", "import", str(file))
    assert (refused.code, "no sender has an IBAN" in refused.error) == (2, True)
    senders.add(Sender(name="Agency", series="AG", iban=OURS))
    assert shell("payments", "import", str(file), "--json").json == {"new": 1, "known": 0, "left_out": 0}
    assert "0 new, 1 known" in shell("payments", "import", str(file)).out
