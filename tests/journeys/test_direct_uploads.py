"""Files from a real browser straight into the bucket: as its CORS rule allows, or in words why not."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from db import connection
from db.documents import documents
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.documents import DocumentState
from sandbox.clamd import ClamdServer
from tests.api.test_process import Served, serve
from tests.faults.marks import on_sqlite
from tests.journeys.test_browser import SOON_MS, chromium, seated  # noqa: F401 - a fixture
from tests.support import buckets, files
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_sqlite]
NOT_REACHED = "The storage was not reached: it is away, or its CORS rule does not name this address. Nothing was added."


@dataclass
class Agency:
    """Everything that runs at an agency that keeps documents in a bucket, and the bucket seen from outside."""

    served: Served
    client: Any
    name: str
    away: ExitStack
    """What is closed to have the bucket go away."""

    def let_in(self, origin: str) -> None:
        """Let pages of an origin post, as docs/documents.md has it."""
        rule = {"AllowedOrigins": [origin], "AllowedMethods": ["POST"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 1}
        self.client.put_bucket_cors(Bucket=self.name, CORSConfiguration={"CORSRules": [rule]})

    def stored(self) -> list[str]:
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=self.name).get("Contents", [])]


@pytest.fixture
def agency(system: System) -> Iterator[Agency]:
    with ClamdServer() as scanner, ExitStack() as away:
        where = buckets.address(away.enter_context(buckets.s3_server()))
        shared = {
            **buckets.variables_of(where),
            "NOLAPSE_CLAMD_URL": scanner.url,
            "NOLAPSE_STORAGE_DIRECT_UPLOADS": "true",
        }
        client = buckets.client(buckets.bucket(where))
        system.start(**shared)
        served = serve(system, **shared)
        with connection.session():
            clients.add(Client(name="Bakery", email="a@b.test"))
        yield Agency(served, client, where.bucket, away)
        served.end()


def add(page: Page, name: str) -> None:
    sent: FilePayload = {"name": name, "mimeType": "application/pdf", "buffer": files.pdf(name.encode())}
    page.goto(page.url.partition("#")[0])
    field = page.get_by_label("Add files")
    for _ in range(5):  # a page that stays live may put another form in this one's place at that very moment
        field.set_input_files(sent)
        if field.evaluate("field => field.files.length"):
            break
    page.get_by_role("button", name="Upload").click()


def test_a_page_sends_files_straight_to_the_bucket_where_its_rule_lets_it(
    chromium: Browser,  # noqa: F811 - the fixture
    agency: Agency,
    system: System,
) -> None:
    with seated(chromium, agency.served) as desk:
        page = desk.page
        desk.sign_in()
        desk.goto("/clients/1")
        said = page.locator("[data-upload-list] [data-state=failed]")
        for origin in (None, "https://elsewhere.example"):
            if origin:
                agency.let_in(origin)
            add(page, "refused.pdf")
            expect(said).to_have_text(NOT_REACHED, timeout=SOON_MS)
        assert agency.stored() == []

        agency.let_in(desk.home)
        add(page, "straight.pdf")
        # moto's answer to a form names no origin, unlike S3's: the page cannot read it, and the bucket has the file.
        eventually(lambda: any("/incoming/" in one for one in agency.stored()), what="the bucket has it")
        desk.complaints.clear()

        _send_without_a_script(chromium, agency.served)
        eventually(lambda: system.ask(_states) == {DocumentState.CLEAN: 1}, what="it is clean")

        agency.away.close()
        add(page, "late.pdf")
        expect(said).to_have_text(NOT_REACHED, timeout=SOON_MS)
        desk.complaints.clear()


def _send_without_a_script(chromium: Browser, served: Served) -> None:  # noqa: F811 - the fixture
    with seated(chromium, served, java_script_enabled=False) as desk:
        desk.sign_in()
        desk.goto("/clients/1")
        add(desk.page, "plain.pdf")
        expect(desk.page.get_by_role("link", name="plain.pdf", exact=True)).to_be_visible(timeout=SOON_MS)


def _states() -> dict[DocumentState, int]:
    found = [one.state for one in documents.LIST.page("-id").rows]
    return {state: found.count(state) for state in found}
