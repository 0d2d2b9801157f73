"""Uploads over HTTP: who may, what is taken, and that nothing is read which will not be."""

import hashlib
from collections.abc import Iterator

import httpx
import pytest

import settings
from api_stub.security import csrf
from api_stub.security.headers import LARGEST_BODY
from db import connection
from db.access import audit
from db.documents import documents
from db.documents.documents import Document
from db.ledger import jobs
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.documents import DocumentState
from tasks import outside
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.support import files
from tests.support.bad_files import BAD, PROGRAM

KIB = 1024
PDF = files.pdf()


@pytest.fixture(autouse=True)
def taking(surface: Surface, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Uploads are open, to a home of the test's own; the scanner's jobs are run by nobody here."""
    home = tmp_path_factory.mktemp("home")
    with settings.override(home=home, clamd_url="tcp://127.0.0.1:9", upload_max_bytes=300 * KIB):
        outside.storage.cache_clear()
        yield
    outside.storage.cache_clear()


@pytest.fixture
def client_id(surface: Surface) -> int:
    with connection.session(), connection.transaction():
        return clients.add(Client(name="Bakery", email="bakery@clients.test"))[0]


def send(
    browser: TestClient, client_id: int, content: bytes = PDF, name: str = "contract.pdf", **headers: str
) -> httpx.Response:
    sent = {"content-type": "application/pdf", **{key.replace("_", "-"): value for key, value in headers.items()}}
    where = {"owner": "client", "owner_id": client_id, "name": name}
    return browser.post("/api/documents", params=where, content=content, headers=sent)


def post(browser: TestClient, client_id: int, content: bytes = PDF, name: str = "contract.pdf") -> httpx.Response:
    """Send the form of a page, with the token in a field as without a script."""
    token = browser.headers.pop(csrf.HEADER)
    fields = {"csrf": token, "owner": "client", "owner_id": str(client_id)}
    return browser.post("/documents", data=fields, files={"file": (name, content, "application/pdf")})


def kept(client_id: int) -> list[Document]:
    with connection.session():
        return list(documents.LIST.page("-id", client=client_id).rows)


class TestTheApi:
    def test_a_file_is_taken_in_and_waits_to_be_looked_at(self, surface: Surface, client_id: int) -> None:
        answer = send(surface.with_token(Role.OPERATOR, Scope.PORTFOLIO), client_id)
        assert answer.status_code == 202
        (document,) = kept(client_id)
        assert answer.json() == {
            "id": document.id,
            "state": "received",
            "name": "contract.pdf",
            "content_type": "application/pdf",
            "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
        }
        with connection.session():
            assert [one.task for one in jobs.newest()] == ["virus_scans.scan"]
            assert outside.storage().get(document.storage_key) == PDF
            (entry,) = audit.LIST.page("-id", size=1).rows
            assert (entry.action, bool(entry.address)) == ("upload", True)

    def test_the_same_file_again_is_the_same_document(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        first, again = send(browser, client_id), send(browser, client_id, name="b.pdf")
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["id"] == again.json()["id"]

    def test_a_key_makes_a_second_try_harmless_and_belongs_to_one_file(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        first, again = (send(browser, client_id, idempotency_key="one") for _ in range(2))
        assert first.json()["id"] == again.json()["id"]
        assert send(browser, client_id, PDF + b"\n", idempotency_key="one").status_code == 422
        assert len(kept(client_id)) == 1

    def test_a_form_does_as_well(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        where = {"owner": "client", "owner_id": client_id}
        sent = {"file": ("../../a\u202e.pdf", PDF, "application/pdf")}
        answer = browser.post("/api/documents", params=where, files=sent)
        assert (answer.status_code, answer.json()["name"]) == (202, "a.pdf")

    @pytest.mark.parametrize(
        ("name", "content", "declared", "word"),
        [
            ("setup.exe", PROGRAM, "application/octet-stream", "run when they are opened"),
            ("a.pdf", PROGRAM, "application/pdf", "program for Windows"),
            ("a.pdf", PDF, "text/html", "was sent as text/html"),
            ("a.png", PDF, "image/png", "by its content application/pdf"),
            ("a.svg", b"<svg/>", "image/svg+xml", "can run scripts"),
            ("a.pdf", b"", "application/pdf", "is empty"),
            ("noname", PDF, "application/pdf", "are not taken"),
        ],
    )
    def test_a_file_that_is_none_of_ours_is_refused_in_words(
        self, name: str, content: bytes, declared: str, word: str, *, surface: Surface, client_id: int
    ) -> None:
        answer = send(surface.signed_in(Role.OWNER), client_id, content, name, content_type=declared)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/not-taken")
        assert word in answer.json()["detail"]
        assert kept(client_id) == []

    @pytest.mark.parametrize("title", [title for title, bad in BAD.items() if len(bad.make()) < 300 * KIB])
    def test_no_bad_file_is_ever_more_than_received(self, title: str, surface: Surface, client_id: int) -> None:
        bad = BAD[title]
        answer = send(surface.signed_in(Role.OWNER), client_id, bad.make(), bad.name, content_type="")
        assert answer.status_code in {202, 422}
        assert {one.state for one in kept(client_id)} <= {DocumentState.RECEIVED}

    def test_another_clients_owner_is_not_there(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        assert send(browser, client_id + 1000).status_code == 404
        where = {"owner": "nobody", "owner_id": client_id, "name": "a.pdf"}
        assert browser.post("/api/documents", params=where, content=PDF).status_code == 422

    def test_without_a_scanner_uploads_are_off_and_say_so(self, surface: Surface, client_id: int) -> None:
        with settings.override(clamd_url=None):
            answer = send(surface.signed_in(Role.OWNER), client_id)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/uploads-off")
        assert "NOLAPSE_CLAMD_URL" in answer.json()["detail"]

    def test_a_storage_that_refuses_keeps_nothing(self, surface: Surface, client_id: int) -> None:
        (settings.current().home / "documents").write_text("in the way")
        answer = send(surface.signed_in(Role.OWNER), client_id)
        assert answer.status_code in {503, 500}
        assert kept(client_id) == []


class _Endless:
    """A body that counts how much of it was asked for."""

    def __init__(self, chunk: bytes = b"x" * (64 * KIB)) -> None:
        self.taken = 0
        self._chunk = chunk

    def __iter__(self) -> Iterator[bytes]:
        while self.taken < 64 * 1024 * KIB:
            self.taken += len(self._chunk)
            yield self._chunk


class TestWhatIsNotRead:
    def test_a_file_that_says_it_is_too_large_is_refused_unread(self, surface: Surface, client_id: int) -> None:
        body = _Endless()
        long = str(300 * KIB + LARGEST_BODY + 1)
        answer = send(surface.signed_in(Role.OWNER), client_id, body, content_length=long)  # pyright: ignore[reportArgumentType]
        assert (answer.status_code, body.taken) == (413, 0)

    def test_a_little_too_large_is_refused_unread_and_named(self, surface: Surface, client_id: int) -> None:
        body = _Endless()
        answer = send(surface.signed_in(Role.OWNER), client_id, body, content_length=str(300 * KIB + 1))  # pyright: ignore[reportArgumentType]
        assert (answer.status_code, body.taken) == (413, 0)
        assert "at most 300 KiB" in answer.json()["detail"]

    def test_a_file_that_says_nothing_of_its_size_is_read_to_the_limit(self, surface: Surface, client_id: int) -> None:
        body = _Endless()
        answer = send(surface.signed_in(Role.OWNER), client_id, body)  # pyright: ignore[reportArgumentType]
        assert answer.status_code == 413
        assert body.taken <= 300 * KIB + LARGEST_BODY + 64 * KIB

    @pytest.mark.parametrize("name", ["a.exe", "a.svg", "a.docm", "a"])
    def test_a_name_that_is_not_taken_is_refused_unread(self, name: str, surface: Surface, client_id: int) -> None:
        body = _Endless()
        answer = send(surface.signed_in(Role.OWNER), client_id, body, name)  # pyright: ignore[reportArgumentType]
        assert (answer.status_code, body.taken) == (422, 0)

    @pytest.mark.parametrize("role", [None, Role.VIEWER])
    def test_who_may_not_is_refused_unread(self, role: Role | None, surface: Surface, client_id: int) -> None:
        body = _Endless()
        browser = surface.signed_in(role) if role else surface.client()
        assert send(browser, client_id, body).status_code in {401, 403}  # pyright: ignore[reportArgumentType]
        assert body.taken == 0

    def test_no_other_route_takes_as_much(self, surface: Surface) -> None:
        body = _Endless()
        answer = surface.signed_in(Role.OWNER).post("/api/clients", content=iter(body))
        assert answer.status_code in {413, 415}
        assert body.taken <= LARGEST_BODY + 64 * KIB


class TestTheForm:
    def test_a_page_without_a_script_sends_a_file(self, surface: Surface, client_id: int) -> None:
        answer = post(surface.signed_in(Role.OWNER), client_id)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/clients/{client_id}#documents")
        (document,) = kept(client_id)
        assert (document.name, document.state) == ("contract.pdf", DocumentState.RECEIVED)
        with connection.session():
            (entry,) = [one for one in audit.LIST.page("-id", size=10).rows if one.action == "upload"]
        assert entry.address

    def test_a_form_without_its_token_keeps_nothing(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        del browser.headers[csrf.HEADER]
        for fields in ({}, {"csrf": "x" * 43}):
            given = {"owner": "client", "owner_id": str(client_id), **fields}
            answer = browser.post("/documents", data=given, files={"file": ("a.pdf", PDF, "application/pdf")})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/csrf")
        assert kept(client_id) == []

    def test_another_site_is_refused(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        browser.headers["origin"] = "https://evil.example"
        assert post(browser, client_id).status_code == 403
        assert kept(client_id) == []

    def test_a_form_without_a_file_says_so(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        answer = browser.post("/documents", data={"owner": "client"}, files={"other": ("", b"", "text/plain")})
        assert answer.status_code == 422

    @pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"\0" * 1000])
    def test_a_form_that_is_none_is_refused(self, body: bytes, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        kind = {"content-type": "multipart/form-data; boundary=x"}
        assert browser.post("/documents", content=body, headers=kind).status_code in {400, 422}

    def test_a_form_of_many_fields_or_files_is_refused(self, surface: Surface, client_id: int) -> None:
        browser = surface.signed_in(Role.OWNER)
        many = browser.post("/documents", data={str(one): "x" for one in range(50)}, files={"file": ("a.pdf", PDF)})
        two = browser.post("/documents", files=[("file", ("a.pdf", PDF)), ("file", ("b.pdf", PDF))])
        assert (many.status_code, two.status_code) == (400, 400)
