"""A bucket with the troubles that buckets have (F43): an invoice waits, no mail goes without it or with other bytes."""

from collections.abc import Callable, Iterator

import pytest

import settings
from db import connection
from db.billing import invoices as store
from db.documents import documents
from db.ledger import jobs
from db.mail import outbox
from db.outside import lanes
from rules.jobs import JobState
from sandbox.world import World
from tasks import mail, outside
from tasks.billing import invoices
from tests.faults.marks import on_sqlite
from tests.support import buckets
from tests.support.faulty_bucket import FaultyBucket, Trouble
from tests.support.worker import Worker
from tests.tasks.billing.test_issued_invoices import owing

pytestmark = on_sqlite
Sandbox = Callable[..., World]
CACHED = (outside.guard, outside.storage)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with buckets.s3_server() as url:
        yield url


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox()


@pytest.fixture
def bucket(world: World, endpoint: str) -> Iterator[FaultyBucket]:
    """The bucket that documents are kept in."""
    where = buckets.address(endpoint)
    buckets.bucket(where)
    with FaultyBucket(endpoint) as proxy:
        there = buckets.settings_of(buckets.address(proxy.url, where.bucket))
        with settings.override(**{**dict(settings.current()), **there, "storage_deadline_s": 5.0}):
            for one in CACHED:
                one.cache_clear()
            yield proxy
    for one in CACHED:
        one.cache_clear()


def issued(worker: Worker) -> int:
    """Issue an invoice, and return the job of its document."""
    worker.perform(invoices.bill, client_id=owing())
    (job,) = jobs.newest(task=invoices.document.name)
    return job.id


def well(bucket: FaultyBucket) -> None:
    """End the trouble, and what its lane remembers of it: how long that rests is tested elsewhere."""
    bucket.trouble = Trouble.NONE
    for name in lanes.troubled():
        connection.execute("DELETE FROM lane WHERE name = %s", name)


def test_an_invoice_that_cannot_be_kept_waits_and_no_mail_goes_out(worker: Worker, bucket: FaultyBucket) -> None:
    job_id = issued(worker)
    for trouble in (Trouble.SLOW_DOWN, Trouble.SKEW, Trouble.DIGEST, Trouble.ERROR, Trouble.HANG_UP):
        bucket.trouble = trouble
        assert worker.run(job_id).state is JobState.QUEUED, trouble
        assert [one.document_key for one in store.all_()] == [None], trouble
        assert (outbox.counts()["queued"], jobs.newest(task=mail.send.name)) == (0, []), trouble
        well(bucket)
    assert worker.run(job_id).state is JobState.DONE
    (invoice,) = store.all_()
    document = documents.stored_under(invoice.document_key or "")
    assert document is not None
    assert (document.sha256, document.owner.id) == (invoice.document_sha256, invoice.id)
    assert outside.storage().get(document.storage_key, sha256=document.sha256).startswith(b"%PDF")


def test_a_mail_waits_for_its_attachment_and_takes_no_other_bytes(
    worker: Worker, world: World, bucket: FaultyBucket
) -> None:
    assert worker.run(issued(worker)).state is JobState.DONE
    (job,) = jobs.newest(task=mail.send.name)
    for trouble in (Trouble.SLOW_DOWN, Trouble.HANG_UP, Trouble.CUT_OFF, Trouble.DAMAGED):
        bucket.trouble = trouble
        assert worker.run(job.id).state is JobState.QUEUED, trouble
        assert world.smtp.mailbox == [], trouble
        well(bucket)
    assert worker.run(job.id).state is JobState.DONE
    (sent,) = world.smtp.mailbox
    (attached,) = sent.message.iter_attachments()
    (invoice,) = store.all_()
    assert outside.storage().get(invoice.document_key or "") == attached.get_content()
