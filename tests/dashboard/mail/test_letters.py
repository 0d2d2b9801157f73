"""Letters on pages and through the API: shown in each language, said in one's own words, and back."""

from db.access import audit
from db.mail import letter_texts
from rules.access import Role
from tasks.mail import letters
from tasks.mail.letters import letter_kinds
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite

OURS = "Rechnung {{ number }} von {{ seller_name }}"


def form(**changed: str) -> dict[str, str]:
    """Return what the page's form sends of the invoice's letter in German: our words, and some changed."""
    return {**letters.sources(letter_kinds.find("invoice"), "de"), **changed}


def test_every_letter_is_shown_in_every_language_in_a_frame_that_can_do_nothing(browser: TestClient) -> None:
    listed = browser.get("/letters").text
    for kind in letter_kinds.KINDS:
        assert f'href="/letters/{kind.name}"' in listed
        for language in letters.LANGUAGES:
            assert browser.get(f"/letters/{kind.name}?language={language}").status_code == 200
            framed = browser.get(f"/letters/{kind.name}/preview?language={language}")
            assert "sandbox" in framed.headers["content-security-policy"]
            assert "script-src" not in framed.headers["content-security-policy"]
            assert f'lang="{language}"' in framed.text
    assert browser.get("/letters/love").status_code == 404
    assert browser.get("/letters/invoice?language=xx").status_code == 422


def test_what_is_changed_is_ones_own_and_what_is_emptied_is_ours_again(browser: TestClient) -> None:
    saved = browser.post("/letters/invoice?language=de", data=form(subject="Neu: {{ number }}", closing=""))
    assert saved.status_code == 303
    assert letter_texts.find("invoice", "de") == {"subject": "Neu: {{ number }}"}
    page = browser.get("/letters/invoice?language=de").text
    assert "your own" in page
    assert f"In our words: {OURS}" in page
    entry = audit.LIST.page("-id").rows[0]
    assert (entry.action, entry.subject, entry.after) == (
        "letter change",
        "letter invoice",
        {"subject": "Neu: {{ number }}"},
    )
    browser.post("/letters/invoice?language=de", data=form(subject=OURS))
    assert letter_texts.find("invoice", "de") == {}


def test_a_part_that_cannot_be_used_keeps_the_form_and_says_why_at_its_field(browser: TestClient) -> None:
    answer = browser.post(
        "/letters/invoice?language=de", data=form(subject="Neu: {{ nubmer }}", text="<script>alert(1)</script>")
    )
    assert answer.status_code == 200
    assert "Nothing was saved: 1 part cannot be used" in answer.text
    assert "&#39;nubmer&#39; is no placeholder of this letter" in answer.text
    assert "Neu: {{ nubmer }}" in answer.text
    assert "<script>alert" not in answer.text
    assert letter_texts.find("invoice", "de") == {}


def test_words_are_seen_before_they_are_saved(browser: TestClient) -> None:
    shown = browser.post("/letters/invoice/preview?language=de", data=form(headline="Neu: {{ number }}"))
    assert "Neu: INV-2026-0042" in shown.text
    assert "sandbox" in shown.headers["content-security-policy"]
    wrong = browser.post("/letters/invoice/preview?language=de", data=form(headline="{{ <b> }}")).text
    assert "Heading: line 1" in wrong
    assert "<b>" not in wrong
    assert letter_texts.find("invoice", "de") == {}


def test_own_words_that_look_like_markup_are_shown_as_they_stand(browser: TestClient) -> None:
    browser.post("/letters/invoice?language=de", data=form(headline="<img src=x onerror=alert(1)> {{ number }}"))
    framed = browser.get("/letters/invoice/preview?language=de").text
    assert "<img" not in framed
    assert "&lt;img src=x onerror=alert(1)&gt; INV-2026-0042" in framed


def test_programs_read_letters_and_only_who_runs_the_installation_changes_them(surface: Surface) -> None:
    owner, operator = surface.signed_in(Role.OWNER), surface.signed_in(Role.OPERATOR)
    assert [one["name"] for one in operator.get("/api/letters").json()] == [kind.name for kind in letter_kinds.KINDS]
    own = {"own": {"subject": "Neu: {{ number }}"}}
    assert operator.put("/api/letters/invoice/de", json=own).status_code == 403
    assert owner.put("/api/letters/invoice/de", json=own).json()["own"] == own["own"]
    assert operator.get("/api/letters/invoice/de").json()["ours"]["subject"] == OURS
    assert {one["name"]: one["changed"] for one in owner.get("/api/letters").json()}["invoice"] == ["de"]
    refused = owner.put("/api/letters/invoice/de", json={"own": {"means": "x", "text": "{{ 7 * 7 }}"}})
    assert refused.status_code == 422
    assert "means: this letter has no such part" in refused.json()["detail"]
    assert "text: line 1: only {{ placeholder }}" in refused.json()["detail"]
    assert owner.put("/api/letters/love/de", json=own).status_code == 404
    assert "there are en, de" in owner.get("/api/letters/invoice/xx").json()["detail"]
    assert owner.put("/api/letters/invoice/de", json={"own": {}}).json()["own"] == {}
