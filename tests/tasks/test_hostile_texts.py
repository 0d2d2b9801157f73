"""What strangers write does nothing in what is made of it beside pages: mails to staff and clients, and PDFs.

``tests/dashboard/test_hostile.py`` puts the same texts to all pages.
"""

import io
import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from pypdf import PdfReader

import settings
from db import connection
from db.documents import documents
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.checks.subjects import Subject
from sandbox.world import World
from tasks import mail, outside
from tasks.billing import invoices
from tests.faults.marks import on_sqlite
from tests.support import subscribed
from tests.support.hostile_texts import PAYLOADS
from tests.support.tellings import tell
from tests.support.worker import Worker

pytestmark = on_sqlite

HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
"""All that our mails have."""

STAFF = "ada@nolapse.test"


@pytest.mark.parametrize("payload", [*PAYLOADS, "a\r\nBcc: eve@evil.test\r\n\r\n<b>b"])
def test_a_text_of_strangers_is_only_ever_text(sandbox: Callable[..., World], worker: Worker, payload: str) -> None:
    world = sandbox()
    text = re.sub(r"[\r\n]+", " ", payload)
    client_id = subscribed.bakery(text, description=text)
    with settings.override(staff_emails=(STAFF,)):
        with connection.transaction():
            notice = Notice(kind="domain_expiry", headline=payload, facts=(("Client", payload),), what_to_do=payload)
            alerts.reconcile([Standing(subject=Subject("domain", 1), notices=(notice,))])
        tell(worker)
    worker.perform(invoices.bill, client_id=client_id)
    worker.drain(invoices.document, mail.send)

    told = {one.recipients[0]: one.message for one in world.smtp.mailbox}
    assert set(told) == {STAFF, "bakery@clients.test"}
    for message in told.values():
        inert(message)
    assert squeezed(payload) in squeezed(part(told[STAFF], "plain")), "it is there to be read"
    (kept,) = documents.LIST.page("-id").rows
    pdf = outside.storage().get(kept.storage_key, sha256=kept.sha256)
    assert squeezed(text) in squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
    assert not re.search(rb"/(JavaScript|JS|Launch|OpenAction|SubmitForm|ImportData)\b", pdf)
    assert b"evil.test" not in b"".join(re.findall(rb"/URI\s*\([^)]*\)", pdf))


def inert(message: EmailMessage) -> None:
    """Check that a mail has our headers alone, and that its HTML has no markup of a stranger's."""
    assert set(message.keys()) <= HEADERS
    html = part(message, "html")
    assert not re.search(r"<(script|img|svg|iframe|b)\b", html)
    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', html))
    assert not re.search(r'(href|src)="(javascript:|[^"]*evil\.test)', html)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found
    return found.get_content()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
