"""A form that could not be used is shown again on its page, with what was typed and, at its field, what is wrong."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from dashboard.forms import form_filling
from dashboard.forms.form_filling import RefusedForm
from db import connection
from db.access import users
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import PASSWORD, Surface
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite

HOME = "http://localhost"
WHY = "because somebody asked for it"

Sent = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A form on a page, what is sent, the field that is wrong, and a part of what is said there."""

    page: str
    action: str
    sent: Sent
    at: str
    says: str
    status: int = 422
    secret: set[str] = field(default_factory=set[str])


ACCESS = (
    Case(
        "/users",
        "/users/invite",
        {"name": "the viewer", "email": "v@agency.test", "role": "billing", "language": "de"},
        "name",
        "there is a user",
        409,
    ),
    Case(
        "/users",
        "/users/invite",
        {"name": "eve", "email": "nowhere", "role": "viewer", "language": "en"},
        "email",
        "is no mail address",
    ),
    Case(
        "/users/3",
        "/users/3/clients",
        {"limited": "true", "names": "Bakery 1\nNobody & sons"},
        "names",
        "no client is called 'Nobody & sons'",
    ),
    Case(
        "/account",
        "/account/profile",
        {"zone": "Mars/Base", "language": "de", "full_name": 'Ada "B" <Byron>'},
        "zone",
        "is no IANA time zone",
    ),
    Case(
        "/account",
        "/account/alerts",
        {"digest_at": "07:30", "quiet_from": "20:00", "quiet_until": "", "at_once_from": "urgent", "muted": "a_b, D!"},
        "muted",
        "is not written as it must be",
    ),
    Case(
        "/account",
        "/account/password",
        {"username": "the owner", "current": "another one", "new": "Wn-8!xX-long-enough"},
        "current",
        "is another one",
        401,
        {"current", "new"},
    ),
    Case(
        "/account",
        "/account/password",
        {"username": "the owner", "current": PASSWORD, "new": "short"},
        "new",
        "",
        secret={"current", "new"},
    ),
    Case(
        "/account",
        "/account/tokens",
        {"name": "deploy", "scope": ["read", "work"], "days": "9999", "clients": "1"},
        "days",
        "less than or equal to 3660",
    ),
    Case(
        "/account",
        "/account/tokens",
        {"name": "deploy", "scope": ["read"], "days": "3", "clients": "1, 99"},
        "clients",
        "no client",
        404,
    ),
    Case(
        "/service-accounts",
        "/service-accounts",
        {"name": "the owner", "role": "operator", "clients": "1"},
        "name",
        "there is a user",
        409,
    ),
    Case(
        "/service-accounts",
        "/service-accounts",
        {"name": "robot", "role": "operator", "clients": "one"},
        "clients",
        "write clients' numbers",
    ),
    Case(
        "/service-accounts",
        "/service-accounts/{program}/tokens",
        {"name": "deploy", "scope": ["work"], "days": "0", "clients": ""},
        "days",
        "greater than",
    ),
)
ROUTE = {
    "name": "night",
    "people": ["1"],
    "roles": ["admin", "owner"],
    "next_minutes": "20",
    "next_people": ["2"],
    "least": "urgent",
    "clients": "1",
    "kinds": "domain_*",
    "day": ["mon", "sun"],
    "begin": "08:00",
    "end": "18:00",
    "zone": "Europe/Berlin",
}
OTHERS = (
    Case("/alert-routes", "/alert-routes", ROUTE | {"zone": "Mars/Base"}, "zone", "is no IANA time zone"),
    Case("/alert-routes", "/alert-routes", ROUTE | {"kinds": "Ä"}, "kinds", "is not written"),
    Case("/alert-routes", "/alert-routes", ROUTE | {"clients": "99"}, "clients", "no client"),
    Case("/alert-routes", "/alert-routes", ROUTE | {"next_minutes": "99999"}, "next_minutes", "10080"),
    Case("/alert-routes", "/alert-routes", ROUTE | {"people": [], "roles": []} | {"next_people": []}, "people", "told"),
    Case(
        "/maintenance",
        "/maintenance",
        {"kind": "domain", "number": "77", "begins_in": "3", "hours": "5", "reason": WHY},
        "number",
        "no domain has the id 77",
        404,
    ),
    Case("/lookups", "/lookups", {"name": "a b", "kind": "endpoint", "protocol": "smtp"}, "name", "a b"),
    Case(
        "/suppressions", "/suppressions", {"address": "nobody", "why": WHY, "days": "3"}, "address", "no mail address"
    ),
    Case(
        "/invoices/{invoice}",
        "/invoices/{invoice}/dunning-pause",
        {"kind": "promise", "until": "", "reason": WHY},
        "until",
        "say until when",
    ),
    Case(
        "/schedules/domains",
        "/schedules/domains/pause",
        {"because": "", "hours": "8", "next": "/schedules/domains"},
        "because",
        "is missing",
    ),
    Case("/queues/default", "/queues/default/pause", {"because": "x" * 501, "hours": "1"}, "because", "at most 500"),
)


class Forms(HTMLParser):
    """What the forms of a page would send, by their address, and what is said beside their fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent = dict[str, dict[str, list[str]]]()
        self.described = dict[str, str]()
        self.notes = dict[str, str]()
        self.folds, self.open_folds = list[bool](), dict[str, bool]()
        self._form, self._at, self._note = "", "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name") or ""
        if tag == "details":
            self.folds.append("open" in has)
        elif tag == "form":
            self._form = has.get("action") or ""
            self.open_folds[self._form] = self.open_folds.get(self._form, False) or all(self.folds)
        elif tag in {"input", "select", "textarea"} and self._form and name:
            self._at = name
            if has.get("aria-invalid"):
                self.described[name] = has.get("aria-describedby") or ""
            ticked = has.get("type") not in {"checkbox", "radio"} or "checked" in has
            if tag == "input" and ticked:
                self._add(has.get("value") or "")
        elif tag == "option" and "selected" in has:
            self._add(has.get("value") or "")
        self._note = (has.get("id") or "") if "complaint" in (has.get("class") or "") else self._note

    def handle_endtag(self, tag: str) -> None:
        if tag == "details" and self.folds:
            self.folds.pop()
        self._form = "" if tag == "form" else self._form
        self._at = "" if tag in {"select", "textarea"} else self._at
        self._note = ""

    def handle_data(self, data: str) -> None:
        if self._note:
            self.notes[self._note] = self.notes.get(self._note, "") + data
        if self.lasttag == "textarea" and self._at:
            self._add(data.removeprefix("\n"))

    def _add(self, value: str) -> None:
        self.sent.setdefault(self._form, {}).setdefault(self._at, []).append(value)


@pytest.fixture
def owner(browser: TestClient, fill: Callable[..., Filled]) -> TestClient:
    filled = fill()
    with connection.session():
        program = users.add_service("a program", Role.OPERATOR)
    browser.params = {}
    browser.headers["x-program"], browser.headers["x-invoice"] = str(program), str(filled.invoice)
    return browser


def refused(browser: TestClient, case: Case) -> tuple[str, Forms]:
    numbers = {"program": browser.headers["x-program"], "invoice": browser.headers["x-invoice"]}
    page, action = case.page.format(**numbers), case.action.format(**numbers)
    answer = browser.post(action, data=dict(case.sent), headers={"referer": f"{HOME}{page}"})
    assert answer.status_code == case.status, answer.text
    return action, Forms(answer.text)


@on_sqlite
@pytest.mark.parametrize("case", [*ACCESS, *OTHERS], ids=lambda one: f"{one.action} {one.at}")
def test_a_form_keeps_what_was_typed_and_says_what_is_wrong_at_its_field(owner: TestClient, case: Case) -> None:
    action, shown = refused(owner, case)
    assert case.says in html.unescape(shown.notes[shown.described[case.at].split()[-1]])
    assert set(shown.described) == {case.at}
    assert shown.open_folds[action]
    kept = shown.sent[action]
    for name, value in case.sent.items():
        given = [] if name in case.secret else [value] if isinstance(value, str) else value
        assert [one for one in kept.get(name, []) if one] == [one for one in given if one], name
    assert kept["form_page"] == [case.page.format(program=1, invoice=owner.headers["x-invoice"])]


@on_sqlite
def test_a_form_that_is_shown_again_can_be_mended_and_sent(owner: TestClient) -> None:
    case = ACCESS[1]
    _, first = refused(owner, case)
    again = {name: values[0] for name, values in first.sent[case.action].items()} | {"email": "still nowhere"}
    at_its_address = {"referer": f"{HOME}{case.action}"}
    second = owner.post(case.action, data=again, headers=at_its_address)
    assert 'value="still nowhere"' in second.text
    done = owner.post(case.action, data=again | {"email": "eve@agency.test"}, headers=at_its_address)
    assert (done.status_code, done.headers["location"]) == (303, "/users")


@on_sqlite
def test_what_is_wrong_with_none_of_the_fields_is_said_at_the_top(owner: TestClient) -> None:
    times = {"digest_at": "", "quiet_from": "06:00", "quiet_until": "06:00", "at_once_from": "critical", "muted": ""}
    answer = owner.post("/account/alerts", data=times, headers={"referer": f"{HOME}/account"})
    assert answer.status_code == 422
    assert "Nothing was saved: quiet hours may not be the whole day: give another end" in answer.text


@on_sqlite
@pytest.mark.parametrize("page", ["", "https://elsewhere.test/users", f"{HOME}/nowhere", f"{HOME}/domains"])
def test_where_nobody_knows_the_form_s_page_a_page_says_what_is_wrong(owner: TestClient, page: str) -> None:
    answer = owner.post("/users/invite", data={"name": "eve", "email": "nowhere"}, headers={"referer": page})
    assert answer.status_code == 422
    assert "Something here cannot be used" in answer.text


@on_sqlite
def test_a_program_is_told_as_before(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    answer = owner.post("/users/invite", data={"name": "eve"}, headers={"referer": f"{HOME}/users"})
    assert answer.headers["content-type"] == "application/problem+json"


FIRST = (
    '<details><summary>one</summary><form action="/a" method="post"><input type="hidden" name="id" value="1">'
    '<input name="x" value="a"></form></details>'
)
SECOND = """
<details><form action="/a" method="post"><input type="hidden" name="id" value="2">
<label>é <input type="checkbox" name="t" value="1" checked></label><input type=checkbox name=t value="2">
<select name="s"><option value="p" selected>P</option><option value="q">Q</option></select>
<input name="x" value="a" required><input type="password" name="w" value="">
<textarea name="n">old</textarea><button name="b">Go</button></form></details>"""


def filled(**given: list[str]) -> str | None:
    form = RefusedForm(
        action="/a",
        place="/p?q=1&r=2",
        given=given,
        wrong={"x.0": "<no>", "t": "one too many", "y": "nowhere"},
        complaint="; ".join,
    )
    return form_filling.filled(FIRST + SECOND, form)


def test_of_several_forms_to_one_address_the_one_that_was_sent_is_filled() -> None:
    page = filled(id=["2"], x=['"><script>'], t=["2"], s=["q"], n=["</textarea>"], w=["secret"])
    assert page is not None
    assert page.startswith(FIRST)
    second = page.removeprefix(FIRST)
    assert '<details open="">' in second
    assert '<option value="q" selected="">' in second
    assert '<option value="p">' in second
    assert 'name="t" value="1" aria-invalid="true" aria-describedby="wrong-t" autofocus="">' in second
    assert '<input type="checkbox" name="t" value="2" checked="">' in second
    assert 'value="&#34;&gt;&lt;script&gt;"' in second
    assert "&lt;no&gt;" in second
    assert "\n&lt;/textarea&gt;</textarea>" in second
    assert "secret" not in page
    assert 'role="alert">y: nowhere</p>' in second


def test_a_page_without_that_form_is_not_filled() -> None:
    assert filled(id=["3"]) is None
