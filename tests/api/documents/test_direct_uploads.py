"""Forms for uploads straight to the bucket, over HTTP: who gets one, and what is told of it."""

from collections.abc import Iterator

import httpx
import pytest

import settings
from api_stub.security.headers import CONTENT_POLICY
from db import connection
from db.access import audit
from db.ledger import jobs
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.documents.storage_address import S3Address
from tasks import outside
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite
from tests.support import buckets

pytestmark = on_sqlite
WHERE = S3Address("documents", "agency", "us-east-1", "http://127.0.0.1:9")
"""A form is signed here: nobody needs to answer."""


@pytest.fixture
def bucket(surface: Surface) -> Iterator[None]:
    with settings.override(clamd_url="tcp://127.0.0.1:9", **buckets.settings_of(WHERE)):
        for one in (outside.guard, outside.storage):
            one.cache_clear()
        yield
    for one in (outside.guard, outside.storage):
        one.cache_clear()


@pytest.fixture
def client_id(surface: Surface) -> int:
    with connection.session(), connection.transaction():
        return clients.add(Client(name="Bakery", email="bakery@clients.test"))[0]


def ask(browser: TestClient, client_id: int, **changes: object) -> httpx.Response:
    given = {"owner": "client", "owner_id": client_id, "name": "a.pdf", "content_type": "application/pdf", "size": 1000}
    return browser.post("/api/direct-uploads", json={**given, **changes})


@pytest.mark.usefixtures("bucket")
def test_a_form_is_given_and_what_was_sent_is_looked_at_once(surface: Surface, client_id: int) -> None:
    program = surface.with_token(Role.OPERATOR, Scope.PORTFOLIO)
    answer = ask(program, client_id)
    assert answer.status_code == 201
    form = answer.json()
    assert form["url"] == "http://127.0.0.1:9/documents"
    assert form["fields"]["key"].startswith("agency/incoming/")
    path = f"/api/direct-uploads/{form['id']}"
    assert program.get(path).json() == {
        "id": form["id"],
        "name": "a.pdf",
        "state": "open",
        "why": "",
        "document_id": None,
    }
    assert [program.post(f"{path}/sent", json={}).json()["state"] for _ in range(2)] == ["sent", "sent"]
    with connection.session():
        assert [(one.action, bool(one.address)) for one in audit.LIST.page("-id", size=2).rows] == [
            ("upload sent", True),
            ("upload form", True),
        ]
        (job,) = jobs.newest()
        assert (job.task, job.args) == ("direct_uploads.take", {"upload_id": form["id"]})


@pytest.mark.usefixtures("bucket")
def test_no_answer_is_kept_that_holds_a_signature(surface: Surface, client_id: int) -> None:
    browser = surface.signed_in(Role.OWNER)
    browser.headers["idempotency-key"] = "one"
    signature = ask(browser, client_id).json()["fields"]["x-amz-signature"]
    with connection.session():
        kept = connection.execute("SELECT * FROM idempotency_key")
    assert signature not in str(kept)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"name": "a.exe"}, 422, "not-taken"),
        ({"content_type": "text/html"}, 422, "not-taken"),
        ({"size": 2**39}, 413, "too-large"),
        ({"size": 0}, 422, "bad-values"),
        ({"owner_id": 999}, 404, "not-found"),
        ({"key": "documents/client/1/0"}, 422, "bad-values"),
    ],
)
def test_what_would_not_be_taken_gets_no_form(
    surface: Surface, client_id: int, changes: dict[str, object], status: int, word: str
) -> None:
    answer = ask(surface.signed_in(Role.OWNER), client_id, **changes)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2].rpartition("#")[2]) == (status, word)


def test_a_folder_and_a_missing_scanner_are_named(surface: Surface, client_id: int) -> None:
    browser = surface.signed_in(Role.OWNER)
    assert "NOLAPSE_CLAMD_URL" in ask(browser, client_id).json()["detail"]
    with settings.override(clamd_url="tcp://127.0.0.1:9"):
        outside.storage.cache_clear()
        answer = ask(browser, client_id)
    assert (answer.status_code, "folder" in answer.json()["detail"]) == (409, True)


@pytest.mark.usefixtures("bucket")
def test_pages_may_connect_to_the_bucket_where_the_settings_say_so(surface: Surface, client_id: int) -> None:
    browser = surface.signed_in(Role.OWNER)
    page = browser.get(f"/clients/{client_id}")
    assert (page.headers["content-security-policy"], "data-direct" in page.text) == (CONTENT_POLICY, False)
    with settings.override(clamd_url="tcp://127.0.0.1:9", storage_direct_uploads=True, **buckets.settings_of(WHERE)):
        page = browser.get(f"/clients/{client_id}")
    assert "connect-src 'self' http://127.0.0.1:9;" in page.headers["content-security-policy"]
    assert "data-direct" in page.text
