"""How many jobs a fan-out would lead to: counted by the database, as many as its root then adds."""

from datetime import UTC, date, datetime, timedelta

import pytest

from db import connection
from db.billing import subscriptions
from db.billing.subscriptions import Subscription
from db.fields import stored
from db.ledger import jobs
from db.portfolio import clients, domains, endpoints
from db.portfolio.clients import Client
from tasks import certificates
from tasks.engine import catalogue
from tasks.engine.task import find
from tests.support.worker import Worker

pytestmark = pytest.mark.usefixtures("ledger")

NAMES = ("bakery.com", "bakery.co.uk", "mill.co.uk", "mill.test")
SIZES = {
    "domains.check_all": 4,
    "domains.check_due": 3,
    "dns.read_all": 4,
    "certificates.scan_due": 1,
    "invoices.bill_all": 1,
}


@pytest.fixture(autouse=True)
def portfolio(ledger: str) -> None:
    """Four domains of which one is not due, three endpoints of which one is not, two clients of whom one owes."""
    catalogue.load()
    later = stored(datetime.now(UTC) + timedelta(days=1))
    ids = [clients.add(Client(name=name, email="office@bakery.test"))[0] for name in ("Bakery", "Mill")]
    first, *_ = [domains.add(name, client_id=ids[0])[0] for name in NAMES]
    known, *_ = [endpoints.add(name, 443, client_id=ids[0])[0] for name in NAMES[:3]]
    with connection.transaction():
        connection.changed(
            "INSERT INTO domain_state (domain_id, answer, source, server, nameservers, statuses, said, failures,"
            " next_look_at) VALUES (%s, 'registered', 'rdap', '', '[]', '[]', %s, 0, %s)",
            first, "{}", later,
        )  # fmt: skip
        connection.changed("INSERT INTO endpoint_state (endpoint_id, next_scan_at) VALUES (%s, %s)", known, later)
    for _ in range(2):
        subscriptions.subscribe(
            Subscription(
                client_id=ids[1],
                description="Watching",
                price_minor=900,
                currency="EUR",
                tax_basis_points=0,
                months=1,
                anchor=date(2026, 1, 31),
            )
        )


@pytest.mark.parametrize(("root", "size"), SIZES.items())
def test_it_is_the_number_of_jobs_that_the_root_adds(worker: Worker, root: str, size: int) -> None:
    counted = find(root).size
    assert counted
    assert counted().jobs == size
    job = worker.perform(find(root))
    assert job.run_id
    assert jobs.counts_of_run(job.run_id) == {"done": 1, "queued": size}


def test_endpoints_are_counted_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = find("certificates.scan_all").size
    assert counted
    assert counted().jobs == 1
    monkeypatch.setattr(certificates, "_BATCH", 2)
    assert counted().jobs == 2


def test_domains_are_counted_by_what_their_names_end_in() -> None:
    assert domains.count_by_suffix() == {"com": 1, "co.uk": 2, "test": 1}
    assert domains.count_by_suffix(due=datetime.now(UTC)) == {"co.uk": 2, "test": 1}
