"""Every page in another language: no text of ours is left in English, and no stranger's text does anything."""

import re
from collections.abc import Callable, Iterator
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog

from dashboard.rendering import render
from tasks.engine.task import declared
from tests import catalogue
from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite
from wording import messages

pytestmark = on_sqlite

BEGIN, END = "\u27e6", "\u27e7"
VERBATIM = frozenset({"code", "kbd", "pre", "script", "style", "time", "svg"})
SHOWN = ("aria-label", "title", "placeholder", "alt")


FORMS = (
    "/clients/new", "/domains/new", "/endpoints/new", "/products/new", "/coupons/new", "/subscriptions/new",
    "/webhooks", "/bank-entries", "/documents", "/invoice-drafts", "/products", "/senders", "/subscriptions",
    "/coupons",
    "/billing-items", "/letters", "/letters/invoice", "/suppressions", "/service-accounts",
    "/billing-items/new", "/senders/new", "/import", "/first-steps", "/tasks", "/no-such-page",
)  # fmt: skip
DATA = re.compile(
    r"[\w.-]*[._][\w._-]*( .*)?|[A-Z]{2,}|.*(Bakery|bakery|\.test|::).*"
    r"|(the|user the) (owner|admin|operator|viewer|billing)"
    r"|\d[\d,.]*( min \d+)? s|, UTC|[\d-]+ [\d:]+( UTC)?:?( fired)?|\d+ [\w.]+|[\w-]+=.*"
    r"|\w+ \{.*|EC-256.*|ECDSA.*|serial \w+….*"
    r"|:|\w+, STARTTLS|#[0-9a-f]{6}|tasks\.write|INV-\d+|Other|F|here:17|domain 1|job 1"
    r"|testclient .*|ada|WHOIS,|smtp|rdap|English|Deutsch|Español|Français|Italiano"
    r"|Nederlands|Polski|default, lookup|404 Not Found"
)
"""What is no word of ours: names, numbers, what strangers wrote, languages as they call themselves."""
INTERFACE = {
    "default", "lookup", "scan", "mail", "billing", "alerts", "audit", "bootstrap", "bounces", "certificates", "dns",
    "domains", "incoming", "invoices", "notices", "ownership", "payments", "pings", "previews", "reminders",
    "removal", "reports", "retention", "trends", "vat-ids", "virus-scans", "profile change", "retry", "sign-in",
    "body", "how",
    "metrics", "money", "name", "number", "portfolio", "read", "work", "unnamed",
    "name, go_wrong", "name, path", "name, seconds", "number, after", "invoice_id, reason", "domain_id, everywhere",
}  # fmt: skip
"""Names of queues, schedules, scopes, arguments and actions, which programs know by them."""


class Bracketed(NullTranslations):
    """A language in which each message that another has is itself between brackets."""

    def __init__(self, other: Catalog) -> None:
        super().__init__()
        self._known = {form for one in other if one.id for form in ([one.id] if isinstance(one.id, str) else one.id)}

    def gettext(self, message: str) -> str:
        return f"{BEGIN}{message}{END}" if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Unbracketed(HTMLParser):
    """The words of a page that are not of a message."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.verbatim: list[str] = []
        self.quoted = ""
        """The element of another language that is being read."""
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VERBATIM:
            self.verbatim.append(tag)
        if tag != "html" and dict(attrs).get("lang"):
            self.quoted = tag
        for name, value in attrs:
            if name in SHOWN and value and not self.quoted and BEGIN not in value and any(map(str.isalpha, value)):
                self.found.add(value)

    def handle_endtag(self, tag: str) -> None:
        if self.verbatim and self.verbatim[-1] == tag:
            self.verbatim.pop()
        if tag == self.quoted:
            self.quoted = ""

    def handle_data(self, data: str) -> None:
        outside = ""
        for one in data:
            self.depth += {BEGIN: 1, END: -1}.get(one, 0)
            outside += one if self.depth == 0 and one != END else " "
        if not self.verbatim and not self.quoted and any(map(str.isalpha, outside)):
            self.found.update(filter(str.strip, outside.split("  ")))


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    german = Bracketed(catalogue.written("de"))
    monkeypatch.setattr(messages, "catalogue", lambda language: german if language == "de" else NullTranslations())
    render.environment.cache_clear()
    yield
    render.environment.cache_clear()


@pytest.mark.usefixtures("bracketed")
def test_no_text_of_ours_is_left_in_english(browser: TestClient, fill: Callable[..., Filled]) -> None:
    browser.post("/account/profile", data={"full_name": "", "zone": "UTC", "language": "de"})
    browser.headers["accept-language"] = "de"
    browser.get("/")  # shows what was said of the profile, in the language before
    left: dict[str, list[str]] = {}
    for path in (*fill().paths, *FORMS):
        for words in Unbracketed(browser.get(path).text).found:
            left.setdefault(words.strip(), []).append(path)
    arguments = {", ".join(one.arguments.model_fields) for one in declared().values()}  # other tests declare tasks, too
    assert {
        words: paths[:3]
        for words, paths in left.items()
        if not DATA.fullmatch(words) and words not in INTERFACE | arguments
    } == {}
