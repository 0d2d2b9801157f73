"""Documents as rows: the same bytes once for each owner, states in their order, and nobody sees another client's."""

from typing import Any

import pytest

from db import client_of, connection
from db.documents import documents
from db.documents.documents import NewDocument, WrongState
from db.portfolio import bulk_changes, clients, domains
from db.portfolio.clients import Client
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tests.support import kept_documents

pytestmark = pytest.mark.usefixtures("ledger")


def client(name: str = "Bakery") -> int:
    return clients.add(Client(name=name, email="a@b.test"))[0]


def new(owner: Subject, key: str = "documents/client/1/a", **fields: Any) -> NewDocument:
    given = {
        "name": "Contract.pdf",
        "content_type": "application/pdf",
        "size": 7,
        "sha256": "a" * 64,
        "added_by": "ada",
    }
    return NewDocument(owner=owner, storage_key=key, **{**given, **fields})


def added(owner: Subject, key: str = "documents/client/1/a", **fields: Any) -> documents.Document:
    return documents.add(new(owner, key, **fields))[0]


def test_a_document_is_read_back_as_it_was_added() -> None:
    bakery = client()
    found, is_new = documents.add(new(Subject("client", bakery, bakery)))
    assert is_new
    assert (found.name, found.size, found.state, found.added_by) == ("Contract.pdf", 7, DocumentState.RECEIVED, "ada")
    assert found.owner == Subject("client", bakery, bakery)
    assert found.client_name == "Bakery"
    assert documents.require(found.id) == found
    assert client_of.find("document", found.id) == bakery


def test_the_same_bytes_are_kept_once_for_each_owner() -> None:
    bakery = Subject("client", client(), 1)
    first = added(bakery, "documents/client/1/a")
    again, is_new = documents.add(new(bakery, "documents/client/1/b", name="Copy.pdf"))
    assert (again, is_new) == (first, False)
    other = added(Subject("domain", 1, 1), "documents/domain/1/a")
    assert other.id != first.id
    assert [one.id for one in kept_documents.of(bakery)] == [first.id]


def test_what_was_deleted_may_be_added_again_under_another_key() -> None:
    bakery = Subject("client", client(), 1)
    first = added(bakery, "documents/client/1/a")
    documents.mark_deleted(first.id, by="ada")
    assert documents.same_bytes(bakery, first.sha256) is None
    again, is_new = documents.add(new(bakery, "documents/client/1/b"))
    assert is_new
    assert again.id != first.id
    assert documents.require(first.id).why_withheld == "it was deleted"
    with pytest.raises(connection.Conflict):
        documents.add(new(bakery, "documents/client/1/a", sha256="b" * 64))


def test_an_owner_of_a_kind_that_has_no_documents_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="endpoint"):
        added(Subject("endpoint", 1, 1))


def test_states_come_in_their_order_and_keep_what_was_found() -> None:
    document = added(Subject("client", client(), 1))
    with pytest.raises(WrongState, match="received: it does not become clean"):
        documents.move_to(document.id, DocumentState.CLEAN)
    assert documents.move_to(document.id, DocumentState.SCANNING).scanned_at is None
    found = documents.move_to(document.id, DocumentState.QUARANTINED, finding="Eicar\0-Test", scanner="daily 1")
    assert (found.finding, found.scanner, found.why_withheld) == ("Eicar-Test", "daily 1", "it is quarantined")
    assert found.scanned_at
    cleared = documents.move_to(document.id, DocumentState.CLEAN, scanner="daily 2")
    assert (cleared.finding, cleared.scanner, cleared.why_withheld) == ("", "daily 2", "")
    with pytest.raises(LookupError):
        documents.move_to(999, DocumentState.CLEAN)


def test_who_is_limited_sees_their_clients_documents_alone() -> None:
    bakery, mill = client(), client("Mill")
    theirs = added(Subject("client", mill, mill), "documents/client/2/a")
    nobodys = added(Subject("alert", 4, None), "documents/alert/4/a")
    with pytest.raises(LookupError):
        documents.require(theirs.id, within=frozenset({bakery}))
    with pytest.raises(LookupError):
        documents.require(nobodys.id, within=frozenset({bakery}))
    assert [one.id for one in documents.LIST.page(within=frozenset({mill})).rows] == [theirs.id]
    assert [one.id for one in documents.LIST.page("-id").rows] == [nobodys.id, theirs.id]


def test_the_list_is_narrowed_by_owner_client_state_and_deletion() -> None:
    bakery = client()
    contract = added(Subject("client", bakery, bakery), "documents/client/1/a")
    proof = added(Subject("domain", 9, bakery), "documents/domain/9/a", state=DocumentState.CLEAN)
    documents.mark_deleted(contract.id, by="ada")

    def ids(**asked: Any) -> list[int]:
        return [one.id for one in documents.LIST.page(**asked).rows]

    assert ids(client=bakery) == [contract.id, proof.id]
    assert ids(client=bakery, deleted=False) == [proof.id]
    assert ids(domain=9) == [proof.id]
    assert ids(invoice=9) == []
    assert ids(state=DocumentState.CLEAN) == [proof.id]


def test_a_hold_and_a_retention_are_kept() -> None:
    document = added(Subject("client", client(), 1))
    documents.hold(document.id, held=True)
    documents.keep_until(document.id, document.added_at)
    found = documents.require(document.id)
    assert (found.legal_hold, found.kept_until) == (True, document.added_at)


@pytest.mark.parametrize("in_bulk", [False, True])
def test_what_belonged_to_something_that_is_removed_is_nobodys_and_deleted(*, in_bulk: bool) -> None:
    bakery = client()
    domain, _ = domains.add("bakery.test", client_id=bakery)
    proof = added(Subject("domain", domain, bakery), "documents/domain/1/a")
    contract = added(Subject("client", bakery, bakery), "documents/client/1/a")
    with connection.transaction():
        bulk_changes.remove("domain", [domain]) if in_bulk else domains.remove(domain)
    gone = documents.require(proof.id)
    assert (gone.owner_id, gone.client_id, bool(gone.deleted_at)) == (0, None, True)
    assert documents.require(contract.id).deleted_at is None
    with connection.transaction():
        bulk_changes.remove("client", [bakery]) if in_bulk else clients.remove(bakery)
    other = client("Mill")
    assert documents.LIST.page(client=other).rows == ()
    assert kept_documents.of(Subject("client", other)) == []
    assert documents.require(contract.id).client_id is None
