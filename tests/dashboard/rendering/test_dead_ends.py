"""What a client sees where the link of a mail leads nowhere: a page in their language, no word of how it works."""

import pytest

import settings
from api_stub.security.throttle import NETWORK_LIMIT
from db import connection
from db.access import signed_links
from db.access.signed_links import NewLink
from db.portfolio import clients
from db.portfolio.clients import Client
from rules import languages
from rules.access.signed_links import SignedPurpose
from rules.checks.subjects import Subject
from tasks import outside
from tasks import signed_links as links
from tests.api.conftest import Surface
from tests.api.documents.test_documents import kept
from tests.faults.marks import on_sqlite
from wording.clients.refused_links import DeadEnd, words

pytestmark = on_sqlite
FORGED = f"1.{'A' * 43}"
PAGE = {"accept": "text/html"}


def token(purpose: SignedPurpose, *, language: str, holds_s: int = 0, document_id: int = 9) -> str:
    """Return the token of a link to something of a client who reads this language."""
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test", language=language))
        of = Subject("document", document_id, client_id)
        new = NewLink(purpose=purpose, subject=of, method="GET", holds_s=holds_s, created_by="a test")
        return links.path(signed_links.require(signed_links.add(new))).rpartition("/")[2]


def said(answer: object, language: str, end: DeadEnd) -> bool:
    """Tell whether an answer is the page of this end in this language."""
    text = getattr(answer, "text", "").replace("&#39;", "'")
    title, advice = words(language, end)
    return f'<html lang="{language}">' in text and f"<h1>{title}</h1>" in text and advice in text


@pytest.mark.parametrize("language", languages.NAMES)
def test_a_stranger_is_spoken_to_in_what_the_browser_likes(surface: Surface, language: str) -> None:
    visitor = surface.client(headers={**PAGE, "accept-language": f"ja,{language}-XX;q=0.8,en;q=0.1"})
    for path in ("d", "pay", "unsubscribe"):
        answer = visitor.get(f"/{path}/{FORGED}")
        assert (answer.status_code, said(answer, language, DeadEnd.CUT)) == (403, True)
        assert "Nolapse" not in answer.text
    assert said(visitor.get(f"/d/{'x' * 500}"), language, DeadEnd.CUT)


def test_a_client_who_is_known_is_spoken_to_in_their_own(surface: Surface) -> None:
    visitor = surface.client(headers={**PAGE, "accept-language": "fr"})
    over = token(SignedPurpose.DOCUMENT, language="de-AT")
    assert said(visitor.get(f"/d/{over}"), "de", DeadEnd.EXPIRED)
    assert said(visitor.get(f"/d/{over}/file"), "de", DeadEnd.EXPIRED)
    assert said(visitor.get(f"/unsubscribe/{over}"), "de", DeadEnd.EXPIRED)
    with connection.session():
        signed_links.withdraw(1, by="ada")
    assert said(visitor.get(f"/d/{over}"), "de", DeadEnd.WITHDRAWN)
    holds = token(SignedPurpose.DOCUMENT, language="de-AT", holds_s=60)
    assert said(visitor.get(f"/d/{holds}"), "de", DeadEnd.GONE)
    assert visitor.get(f"/d/{holds}").status_code == 404
    assert said(visitor.get(f"/pay/{holds}"), "de", DeadEnd.CUT), "it is no invoice's"


def test_a_storage_that_is_away_is_said_to_be_and_when_to_come_again(surface: Surface) -> None:
    holds = token(SignedPurpose.DOCUMENT, language="de", holds_s=60, document_id=kept().id)
    visitor = surface.client(headers={**PAGE, "accept-language": "it"})
    outside.storage.cache_clear()
    with settings.override(storage_url="s3://documents?endpoint=http://127.0.0.1:9", storage_redirect=False):
        answer = visitor.get(f"/d/{holds}/file")
    outside.storage.cache_clear()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert said(answer, "it", DeadEnd.AWAY)


def test_who_guesses_links_is_told_to_wait_and_not_to_sign_in(surface: Surface) -> None:
    visitor = surface.client(headers={**PAGE, "accept-language": "es"})
    assert visitor.get(f"/d/{FORGED}").status_code == 403
    with connection.session(), connection.transaction():
        connection.changed("UPDATE throttle SET taken = %s", NETWORK_LIMIT.tries)
    answer = visitor.get(f"/d/{FORGED}")
    assert answer.status_code == 429
    assert said(answer, "es", DeadEnd.TRIED)


def test_programs_and_staff_are_told_as_before(surface: Surface) -> None:
    over = token(SignedPurpose.DOCUMENT, language="de")
    answer = surface.client().get(f"/d/{over}")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/refused-link")
    page = surface.client(headers={**PAGE, "accept-language": "de"}).get(f"/answer/{FORGED}")
    assert "not one of ours" in page.text
