"""Documents over HTTP: fetched by links that are for one account, one document and a time; withdrawn, held, deleted."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

import settings
from db import connection
from db.access import audit, signed_links, users
from db.access.signed_links import NewLink
from db.documents import documents
from db.documents.documents import Document, NewDocument
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.access.signed_links import SignedPurpose
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tasks import outside
from tasks import signed_links as links
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite
DATA = b"%PDF-1.7 " + bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _forget_the_storage() -> Iterator[None]:
    outside.storage.cache_clear()
    yield
    outside.storage.cache_clear()


def kept(data: bytes = DATA, *, state: DocumentState = DocumentState.CLEAN, **given: Any) -> Document:
    """Keep a document of a client, with its bytes."""
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="office@bakery.test"))
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"documents/client/{client_id}/{sha256}"
        outside.storage().put(key, data)
        new = NewDocument(
            **{
                "owner": Subject("client", client_id, client_id),
                "name": "Vertrag Müller.pdf",
                "content_type": "application/pdf",
                "size": len(data),
                "sha256": sha256,
                "storage_key": key,
                "added_by": "ada",
                "state": state,
                **given,
            }
        )
        return documents.add(new)[0]


def client_token(document: Document, **given: Any) -> str:
    """Return the token of a link that a client gets."""
    new = {
        "purpose": SignedPurpose.DOCUMENT,
        "subject": Subject("document", document.id, document.client_id),
        "holds_s": 3600,
        "created_by": "ada",
        **given,
    }
    with connection.session():
        return links.path(signed_links.require(signed_links.add(NewLink(**new)))).rpartition("/")[2]


def path(url: str) -> str:
    return urlsplit(url).path


class TestDownload:
    def test_staff_fetch_it_by_a_link_of_their_own_and_it_is_saved_and_not_shown(self, surface: Surface) -> None:
        document, browser = kept(), surface.signed_in(Role.VIEWER)
        sent = browser.get(f"/documents/{document.id}/file", follow_redirects=False)
        assert sent.status_code == 303
        answer = browser.get(sent.headers["location"])
        assert (answer.status_code, answer.content) == (200, DATA)
        headers = answer.headers
        assert headers["content-type"] == "application/pdf"
        assert headers["content-disposition"] == (
            "attachment; filename=\"Vertrag M_ller.pdf\"; filename*=UTF-8''Vertrag%20M%C3%BCller.pdf"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "private, no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["etag"] == f'"{document.sha256}"'
        with connection.session():
            (link,) = signed_links.LIST.page(document=document.id).rows
            assert (link.uses, link.audience) == (1, f"user {surface.people[Role.VIEWER]}")
            assert (link.expires_at - link.created_at).total_seconds() <= 15 * 60

    def test_another_account_gets_nothing_with_it_and_who_may_not_see_it_any_more_neither(
        self, surface: Surface
    ) -> None:
        document, browser = kept(), surface.signed_in(Role.VIEWER)
        url = path(browser.post(f"/api/documents/{document.id}/links").json()["url"])
        assert surface.signed_in(Role.OWNER).get(url).status_code == 403
        assert surface.client().get(url).status_code in (401, 303)
        assert browser.get(url).status_code == 200
        with connection.session():
            other, _ = clients.add(Client(name="Mill", email="a@mill.test"))
            users.limit_to_clients(surface.people[Role.VIEWER], [other])
        assert surface.signed_in(Role.VIEWER).get(url).status_code == 404

    def test_a_program_fetches_it_with_its_token(self, surface: Surface) -> None:
        document, program = kept(), surface.with_token(Role.VIEWER, Scope.READ)
        made = program.post(f"/api/documents/{document.id}/links")
        assert made.status_code == 201
        assert program.get(path(made.json()["url"])).content == DATA

    @pytest.mark.parametrize(
        ("asked", "status", "wanted", "said"),
        [
            ("bytes=0-3", 206, DATA[:4], f"bytes 0-3/{len(DATA)}"),
            ("bytes=-5", 206, DATA[-5:], f"bytes {len(DATA) - 5}-{len(DATA) - 1}/{len(DATA)}"),
            ("bytes=100-", 206, DATA[100:], f"bytes 100-{len(DATA) - 1}/{len(DATA)}"),
            ("bytes=999999-", 416, b"", f"bytes */{len(DATA)}"),
            ("bytes=0-1,4-5", 200, DATA, None),
            ("nonsense", 200, DATA, None),
        ],
    )
    def test_a_stretch_is_given_where_one_is_asked_for(
        self, surface: Surface, asked: str, status: int, wanted: bytes, said: str | None
    ) -> None:
        token = client_token(kept())
        answer = surface.client().get(f"/d/{token}/file", headers={"range": asked})
        assert (answer.status_code, answer.content) == (status, wanted)
        assert answer.headers.get("content-range") == said

    def test_who_has_it_already_gets_no_bytes_and_a_changed_one_is_given_whole(self, surface: Surface) -> None:
        document = kept()
        url = f"/d/{client_token(document)}/file"
        tag = f'"{document.sha256}"'
        browser = surface.client()
        assert browser.get(url, headers={"if-none-match": tag}).status_code == 304
        assert browser.get(url, headers={"range": "bytes=0-1", "if-range": tag}).status_code == 206
        assert browser.get(url, headers={"range": "bytes=0-1", "if-range": '"other"'}).content == DATA

    @pytest.mark.parametrize(
        "state", [DocumentState.RECEIVED, DocumentState.SCANNING, DocumentState.QUARANTINED, DocumentState.REFUSED]
    )
    def test_what_is_not_clean_is_handed_out_to_nobody(self, surface: Surface, state: DocumentState) -> None:
        document, browser = kept(state=state), surface.signed_in(Role.OWNER)
        assert browser.get(f"/documents/{document.id}/file").status_code == 409
        assert browser.post(f"/api/documents/{document.id}/links").status_code == 409
        assert browser.post(f"/api/documents/{document.id}/client-links").status_code == 409
        token = client_token(document)
        assert surface.client().get(f"/d/{token}").status_code == 404
        assert surface.client().get(f"/d/{token}/file").status_code == 404

    def test_bytes_that_are_gone_are_told_as_lost_and_a_storage_that_is_away_as_away(
        self, surface: Surface, caplog: pytest.LogCaptureFixture
    ) -> None:
        document = kept()
        url = f"/d/{client_token(document)}/file"
        outside.storage().delete(document.storage_key)
        assert surface.client().get(url).status_code == 404
        outside.storage.cache_clear()
        with settings.override(storage_url="s3://documents?endpoint=http://127.0.0.1:9", storage_redirect=False):
            assert surface.client().get(url).status_code == 503


class TestClientLinks:
    def test_a_client_sees_the_name_and_a_button_and_each_visit_is_counted(self, surface: Surface) -> None:
        document, visitor = kept(), surface.client(headers={"accept": "text/html", "user-agent": "Firefox/150 Linux"})
        token = client_token(document)
        page = visitor.get(f"/d/{token}")
        assert page.status_code == 200
        assert "Vertrag Müller.pdf" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "private, no-store"
        (to,) = re.findall(r'href="(/d/[^"]+/file)"', page.text)
        assert visitor.get(to).content == DATA
        visitor.get(to, headers={"range": "bytes=5-"})
        with connection.session():
            (link,) = signed_links.LIST.page(document=document.id).rows
            assert [one.what for one in signed_links.uses(link.id)] == ["fetched", "opened"]
            assert link.uses == 2

    def test_the_page_speaks_the_clients_language(self, surface: Surface) -> None:
        document = kept()
        with connection.session():
            clients.change(document.client_id or 0, language="de-AT")
        page = surface.client().get(f"/d/{client_token(document)}").text
        assert '<html lang="de">' in page
        assert "Herunterladen" in page

    def test_a_link_that_was_changed_withdrawn_or_is_over_is_refused(self, surface: Surface) -> None:
        document, other, visitor = kept(), kept(b"another"), surface.client()
        token, others = client_token(document), client_token(other)
        for shown in (
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            token.partition(".")[0] + "." + others.partition(".")[2],
            "x",
        ):
            assert visitor.get(f"/d/{shown}").status_code == 403, shown
            assert visitor.get(f"/d/{shown}/file").status_code == 403, shown
        over = client_token(document, holds_s=0)
        assert visitor.get(f"/d/{over}/file").status_code == 403
        download = client_token(document, purpose=SignedPurpose.DOWNLOAD)
        assert visitor.get(f"/d/{download}/file").status_code == 403, "it is of another purpose"
        owner = surface.signed_in(Role.OWNER)
        (link_id,) = [one["id"] for one in _links(owner, document) if f"{one['id']}." in token]
        assert owner.delete(f"/api/documents/{document.id}/links/{link_id}").status_code == 204
        answer = visitor.get(f"/d/{token}/file")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/refused-link")
        assert "withdrawn" in answer.json()["detail"]
        assert visitor.get(f"/d/{others}/file").status_code == 200, "the others hold"

    def test_staff_make_one_and_it_is_shown_once_and_kept_nowhere(self, surface: Surface) -> None:
        document, operator = kept(), surface.signed_in(Role.OPERATOR)
        made = operator.post(f"/api/documents/{document.id}/client-links").json()
        assert surface.client().get(path(made["url"])).status_code == 200
        with connection.session():
            assert audit.LIST.page("-id", size=1).rows[0].action == "document link"
            tables = ("signed_link", "audit", "idempotency_key")
            signature = made["url"].rpartition(".")[2]
            assert signature not in str([connection.execute(f"SELECT * FROM {one}") for one in tables])
        assert "url" not in _links(operator, document)[0]
        viewer = surface.signed_in(Role.VIEWER)
        assert viewer.post(f"/api/documents/{document.id}/client-links").status_code == 403

    def test_a_link_of_another_document_is_not_withdrawn_by_this_ones_address(self, surface: Surface) -> None:
        document, other, owner = kept(), kept(b"another"), surface.signed_in(Role.OWNER)
        token = client_token(other)
        (link,) = _links(owner, other)
        assert owner.delete(f"/api/documents/{document.id}/links/{link['id']}").status_code == 404
        assert surface.client().get(f"/d/{token}").status_code == 200


class TestDeletion:
    def test_what_is_deleted_is_handed_out_no_more_and_can_come_back_without_its_links(self, surface: Surface) -> None:
        document, admin = kept(), surface.signed_in(Role.ADMIN)
        token = client_token(document)
        assert admin.delete(f"/api/documents/{document.id}").status_code == 204
        assert admin.get(f"/documents/{document.id}/file").status_code == 409
        assert surface.client().get(f"/d/{token}/file").status_code == 403
        assert [one["id"] for one in _listed(admin, deleted="true")] == [document.id]
        assert _listed(admin, deleted="false") == []
        assert admin.post(f"/api/documents/{document.id}/restore").json()["deleted_at"] is None
        assert admin.post(f"/api/documents/{document.id}/restore").status_code == 409
        assert surface.client().get(f"/d/{token}/file").status_code == 403, "its links stay withdrawn"
        with connection.session():
            assert [one.action for one in audit.LIST.page("-id", size=3).rows] == [
                "document restore",
                "link refused",
                "document delete",
            ]

    def test_what_is_held_or_must_be_kept_cannot_be_deleted(self, surface: Surface) -> None:
        document, admin = kept(), surface.signed_in(Role.ADMIN)
        at = f"/api/documents/{document.id}"
        assert admin.patch(at, json={"legal_hold": True}).json()["legal_hold"] is True
        assert "legal hold" in admin.delete(at).json()["detail"]
        kept_until = "2999-01-01T00:00:00Z"
        assert admin.patch(at, json={"legal_hold": False, "kept_until": kept_until}).json()["kept_until"] == kept_until
        assert "2999-01-01" in admin.delete(at).json()["detail"]
        assert admin.patch(at, json={"kept_until": None}).json()["kept_until"] is None
        assert admin.delete(at).status_code == 204

    def test_only_who_may_remove_does(self, surface: Surface) -> None:
        document, operator = kept(), surface.signed_in(Role.OPERATOR)
        assert operator.delete(f"/api/documents/{document.id}").status_code == 403
        assert operator.patch(f"/api/documents/{document.id}", json={"legal_hold": True}).status_code == 403


def _links(browser: Any, document: Document) -> list[dict[str, Any]]:
    return browser.get(f"/api/documents/{document.id}/links").json()["links"]


def _listed(browser: Any, **asked: str) -> list[dict[str, Any]]:
    return browser.get("/api/documents", params=asked).json()["documents"]
