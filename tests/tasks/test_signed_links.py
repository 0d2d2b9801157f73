"""Signed links in mails: the address stands in the mail alone, leads to what it was made for, and can be withdrawn."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.access import signed_links
from db.access.signed_links import NewLink
from db.mail.outbox import Mail
from rules.access.signed_links import LinkRefusal, RefusedLink, SignedLink, SignedPurpose
from rules.checks.subjects import Subject
from sandbox.world import World
from tasks import mail
from tasks import signed_links as links
from tests.faults.marks import on_sqlite
from tests.support.worker import Worker

Sandbox = Callable[..., World]
A, B = (SecretStr(f"{name}:{name * 43}") for name in "AB")
TOKEN = r"[0-9]+\.[\w-]{43}"


def link(document_id: int = 5, **fields: object) -> int:
    given = {"purpose": SignedPurpose.DOCUMENT, "subject": Subject("document", document_id, 3), "holds_s": 3600}
    return signed_links.add(NewLink(created_by="a test", **{**given, **fields}))


def posted(*link_ids: int, text: str = "", dedupe_key: str = "a") -> int:
    body = text or "\n".join(links.placeholder(one) for one in link_ids)
    given = Mail(dedupe_key=dedupe_key, recipient="a@b.test", subject="s", text=body, html=f'<a href="{body}">x</a>')
    with connection.transaction():
        return mail.post(given, links=link_ids)


def judged(token: str, *, method: str = "GET", audience: str = "") -> SignedLink | LinkRefusal:
    found = links.judge(token, SignedPurpose.DOCUMENT, method=method, audience=audience)
    return found if isinstance(found, SignedLink) else found.why


def token_of(link_id: int) -> str:
    found = signed_links.find(link_id)
    assert found
    return links.path(found).rpartition("/")[2]


def dumped() -> str:
    tables = ("mail", "signed_link", "job", "attempt", "audit", "effect")
    return str([connection.execute(f"SELECT * FROM {table}") for table in tables])


def test_the_address_stands_in_the_mail_alone_and_leads_to_its_document(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    first, second = link(5), link(6)
    posted(first, second)
    worker.drain()
    message = world.smtp.mailbox[-1].message
    tokens = [
        re.findall(rf"{re.escape(settings.current().link_url)}/d/({TOKEN})", part.get_content())
        for part in (message.get_body(("plain",)), message.get_body(("html",)))
        if part
    ]
    assert tokens == [[token_of(first), token_of(second)]] * 2
    for token, document_id in zip(tokens[0], (5, 6), strict=True):
        found = judged(token)
        assert isinstance(found, SignedLink)
        assert found.subject == Subject("document", document_id, 3)
        assert token.partition(".")[2] not in dumped()


def test_the_text_of_a_mail_gets_no_link_but_its_own(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    others = link(5)
    posted(others)
    mine = link(6)
    posted(mine, text=f"{links.placeholder(others)} {links.placeholder(mine)}", dedupe_key="b")
    worker.drain()
    part = world.smtp.mailbox[-1].message.get_body(("plain",))
    assert part
    said = part.get_content()
    assert f"signed-link:{others} " in said
    assert re.findall(TOKEN, said) == [token_of(mine)]


@on_sqlite
def test_keys_are_changed_without_breaking_what_was_sent(ledger: str) -> None:
    with settings.override(link_keys=A):
        old = token_of(link())
    with settings.override(link_keys=SecretStr(f"{B.get_secret_value()},{A.get_secret_value()}")):
        assert isinstance(judged(old), SignedLink)
        new = token_of(link())
    with settings.override(link_keys=B):
        assert judged(old) is LinkRefusal.FORGED
        assert isinstance(judged(new), SignedLink)


@on_sqlite
def test_without_keys_this_machine_keeps_one_for_its_owner_alone(ledger: str) -> None:
    token = token_of(link())
    kept = settings.current().home / "link.key"
    assert (kept.stat().st_mode & 0o777, len(kept.read_bytes())) == (0o600, 32)
    assert isinstance(judged(token), SignedLink)
    kept.unlink()
    assert judged(token) is LinkRefusal.FORGED


def test_a_link_is_withdrawn_by_itself_or_with_all_to_its_document(ledger: str) -> None:
    first, second, other = link(5), link(5), link(6)
    tokens = [token_of(one) for one in (first, second, other)]
    assert signed_links.withdraw(first, by="ada")
    assert not signed_links.withdraw(first, by="ben"), "it was withdrawn before"
    found = signed_links.require(first)
    assert (found.withdrawn_by, bool(found.withdrawn_at)) == ("ada", True)
    assert judged(tokens[0]) is LinkRefusal.WITHDRAWN
    assert isinstance(judged(tokens[1]), SignedLink)
    assert signed_links.withdraw_all(Subject("document", 5), by="ada") == 1
    assert judged(tokens[1]) is LinkRefusal.WITHDRAWN
    assert isinstance(judged(tokens[2]), SignedLink)


@pytest.mark.parametrize("column", ["purpose", "subject_id", "method", "audience", "expires_at", "id"])
def test_a_row_that_was_changed_behind_our_back_opens_nothing(ledger: str, column: str) -> None:
    token = token_of(link(holds_s=60))
    changed = {"subject_id": "6", "id": "99", "expires_at": "{later(9999)}"}.get(column, "'other'")
    if column == "purpose":
        changed = "'download'"
    with connection.transaction():
        connection.changed(f"UPDATE signed_link SET {column} = {changed}")
    shown = token if column != "id" else f"99.{token.partition('.')[2]}"
    assert judged(shown) is LinkRefusal.FORGED


def test_uses_are_counted_and_the_newest_kept_one_by_one(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_links, "_KEPT_USES", 3)
    first, other = link(), link()
    signed_links.used(other, "opened", address="192.0.2.9", device="")
    for number in range(5):
        signed_links.used(first, "fetched", address=f"192.0.2.{number}", device="Firefox on Linux")
    found = signed_links.require(first)
    assert (found.uses, bool(found.used_at)) == (5, True)
    assert [one.address for one in signed_links.uses(first)] == ["192.0.2.4", "192.0.2.3", "192.0.2.2"]
    assert [one.what for one in signed_links.uses(other)] == ["opened"]


def test_who_is_limited_sees_their_clients_links_alone(ledger: str) -> None:
    mine, theirs = link(), link(subject=Subject("document", 6, 4))
    assert signed_links.require(mine, within=frozenset({3})).id == mine
    with pytest.raises(LookupError):
        signed_links.require(theirs, within=frozenset({3}))
    assert [one.id for one in signed_links.LIST.page(within=frozenset({3})).rows] == [mine]
    assert [one.id for one in signed_links.LIST.page("-id", document=6).rows] == [theirs]


def test_what_is_no_token_or_of_no_row_is_forged(ledger: str) -> None:
    token = token_of(link())
    for shown in ("", "x", token[:-1], token + "A", f"999.{token.partition('.')[2]}", f"{2**63 - 1}.{'A' * 43}"):
        assert judged(shown) is LinkRefusal.FORGED, shown


def test_a_link_is_for_its_audience_and_its_method(ledger: str) -> None:
    found = signed_links.find(link(audience="user 7", method="POST"))
    assert found
    token = links.path(found).rpartition("/")[2]
    assert judged(token) is LinkRefusal.OTHER_USE
    assert judged(token, method="POST") is LinkRefusal.OTHER_AUDIENCE
    assert judged(token, method="POST", audience="user 7") == replace(found)


def test_whose_link_was_refused_is_known_where_its_signature_is_right(ledger: str) -> None:
    token = token_of(link(holds_s=0))
    for shown, refused in (
        (token, RefusedLink(LinkRefusal.EXPIRED, 3)),
        (f"{token[:-2]}xx", RefusedLink(LinkRefusal.FORGED)),
    ):
        assert links.judge(shown, SignedPurpose.DOCUMENT, method="GET", audience="") == refused
