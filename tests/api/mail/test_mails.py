"""Mails that people settle, and addresses that they suppress: by API and pages, each with its audit entry."""

import pytest

from db import connection
from db.access import audit
from db.ledger import jobs
from db.mail import outbox, suppressions
from db.mail.outbox import Mail
from rules.access import Role
from rules.mail.mail_outcomes import MailState
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite
WHY = "the relay's log has it"


@pytest.fixture
def unknown(surface: Surface) -> int:
    letter = Mail(dedupe_key="1", recipient="ada@clients.test", subject="Hi", text="Hi", html="Hi")
    with connection.session(), connection.transaction():
        mail_id, _ = outbox.add(letter, host="nolapse.test")
        outbox.ended(mail_id, MailState.UNKNOWN, reply=None)
    return mail_id


def last_entry() -> audit.AuditEntry:
    with connection.session():
        return audit.LIST.page("-id", size=1).rows[0]


class TestSettlement:
    def test_what_a_person_says_counts_once_and_is_in_the_trail(self, surface: Surface, unknown: int) -> None:
        path, program = f"/api/mails/{unknown}/settlement", surface.with_token(Role.BILLING)
        answer = program.post(path, json={"settlement": "arrived", "reason": WHY})
        assert (answer.status_code, answer.json()["state"]) == (200, "sent")
        entry = last_entry()
        assert (entry.action, entry.subject, entry.reason) == ("mail settle", f"mail {unknown}", WHY)
        assert (entry.before, entry.after) == ({"state": "unknown"}, {"state": "sent"})
        again = program.post(path, json={"settlement": "send_again", "reason": WHY})
        assert again.status_code == 409
        assert "is sent" in again.json()["detail"]
        assert last_entry() == entry

    def test_one_that_is_sent_again_has_a_job(self, surface: Surface, unknown: int) -> None:
        answer = surface.with_token(Role.OPERATOR).post(
            f"/api/mails/{unknown}/settlement", json={"settlement": "send_again", "reason": WHY}
        )
        assert answer.json()["state"] == "queued"
        with connection.session():
            assert [one.args for one in jobs.newest(task="mail.send")] == [{"mail_id": unknown}]

    @pytest.mark.parametrize("given", [{}, {"settlement": "arrived"}, {"settlement": "lost", "reason": "x"}])
    def test_a_reason_and_one_of_two_words_are_needed(
        self, surface: Surface, unknown: int, given: dict[str, str]
    ) -> None:
        assert surface.with_token(Role.OWNER).post(f"/api/mails/{unknown}/settlement", json=given).status_code == 422

    def test_its_page_asks_and_says_what_became_of_it(self, surface: Surface, unknown: int) -> None:
        browser = surface.signed_in(Role.OPERATOR)
        browser.headers["accept"] = "text/html"
        assert "It arrived" in browser.get(f"/mail/{unknown}").text
        browser.follow_redirects = True
        answer = browser.post(f"/mail/{unknown}/settlement", data={"settlement": "arrived", "reason": WHY})
        assert "It counts as sent." in answer.text
        assert "It arrived" not in answer.text
        again = browser.post(f"/mail/{unknown}/settlement", data={"settlement": "send_again", "reason": WHY})
        assert again.status_code == 409

    def test_who_may_only_look_is_not_asked(self, surface: Surface, unknown: int) -> None:
        browser = surface.signed_in(Role.VIEWER)
        browser.headers["accept"] = "text/html"
        assert "It arrived" not in browser.get(f"/mail/{unknown}").text


class TestSuppressions:
    def test_an_address_is_suppressed_found_and_lifted(self, surface: Surface) -> None:
        program = surface.with_token(Role.OPERATOR)
        made = program.post("/api/suppressions", json={"address": "Ada@Clients.test", "why": "asked for it"})
        assert made.status_code == 201
        assert (made.json()["address"], made.json()["reason"]) == ("ada@clients.test", "staff")
        assert (last_entry().action, last_entry().reason) == ("suppression add", "asked for it")
        (found,) = program.get("/api/suppressions?address=ADA@clients.test&active=true").json()["suppressions"]
        assert found == made.json()
        assert program.delete(f"/api/suppressions/{found['id']}", headers={"X-Reason": "sorry"}).status_code == 204
        assert (last_entry().action, last_entry().reason) == ("suppression lift", "sorry")
        assert program.get(f"/api/suppressions/{found['id']}").status_code == 404
        with connection.session():
            assert suppressions.active("ada@clients.test") is None

    @pytest.mark.parametrize("address", ["ada", "ada@clients.test\r\nBcc: x@y.test", "a@b.test, c@d.test", ""])
    def test_what_is_no_address_is_refused(self, surface: Surface, address: str) -> None:
        answer = surface.with_token(Role.OWNER).post("/api/suppressions", json={"address": address, "why": "x"})
        assert answer.status_code == 422

    def test_the_page_does_the_same(self, surface: Surface) -> None:
        browser = surface.signed_in(Role.OPERATOR)
        browser.headers["accept"] = "text/html"
        browser.follow_redirects = True
        page = browser.post("/suppressions", data={"address": "ada@clients.test", "why": "asked", "days": "30"})
        assert "ada@clients.test gets no mail." in page.text
        assert browser.post("/suppressions", data={"address": "ada", "why": "x"}).status_code == 422
        with connection.session():
            entry = suppressions.active("ada@clients.test")
        assert entry
        assert entry.expires_at
        assert "gets mail again" in browser.post(f"/suppressions/{entry.id}/lift").text
