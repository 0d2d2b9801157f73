"""People in a real browser: from the first start to the first check; from an invitation to its end; with passkeys."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect

from sandbox.truth import Domain, Portfolio, RegistryState, Speaks
from sandbox.world import World
from tests.api.conftest import PASSWORD
from tests.api.security.test_second_factor import code
from tests.api.test_process import serve
from tests.faults.marks import on_sqlite
from tests.journeys.test_browser import SOON_MS, WATCH, chromium  # noqa: F401 - a fixture
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_sqlite]

NOW = datetime.now(UTC).replace(microsecond=0)
BAKERY = Domain(
    name="bakery.example",
    client="Bakery",
    speaks=Speaks.WHOIS,
    registration=RegistryState.REGISTERED,
    registrar="Sandbox Names",
    created=NOW - timedelta(days=400),
    expires=NOW + timedelta(days=5),
    nameservers=("ns1.dns.test",),
)
LINES = "client,email,domain\nBakery,office@bakery.example,bakery.example\n"
OTHER = "another four words"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(Portfolio((), (BAKERY,), ()), tmp_path / "world") as made:
        yield made


@contextmanager
def seated(browser: Browser, **options) -> Iterator[Page]:
    """A person at a browser of their own, which complains of nothing; each page is fit for everybody."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    context.add_init_script(WATCH)
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [one for one in complaints if not re.search("status of 4(01|09)", one)] == []
    context.close()


def fit(page: Page) -> None:
    found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(page).response["violations"]]
    assert found == [], page.url


def authenticator(page: Page) -> CDPSession:
    """Give a browser an authenticator that verifies its person, as a phone does."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": True}})
    return session


def test_from_the_first_start_to_the_first_alert(
    chromium: Browser,  # noqa: F811
    system: System,
    world: World,
) -> None:
    nobody_told = {**world.environment(), "NOLAPSE_STAFF_EMAILS": ""}
    process = system.run("cli.main", "up", NOLAPSE_WEB_PORT="0", **nobody_told)
    (link,) = eventually(lambda: re.findall(r"http://localhost:\d+/first-owner/\S+", process.log.read_text()))
    eventually(lambda: process.logged("web_listens"))
    assert [one for one in process.logged("web_listens") if link.rpartition("/")[2] in str(one)] == []
    with seated(chromium) as page:
        page.goto(link)
        become_owner(page)
        page.get_by_role("button", name="Send a mail to ada@agency.test").click()
        expect(page.locator(".verdict").first).to_contain_text("The relay took it", timeout=SOON_MS)
        assert world.smtp.wait_for(1, timeout_s=20)[0].recipients == ("ada@agency.test",)
        import_lines(page)
        page.get_by_role("button", name="Check every domain and watch").click()
        expect(page.locator("[data-say], .verdict").first).to_contain_text("ended", timeout=SOON_MS)
        page.goto(link.partition("/first-owner")[0] + "/first-steps")
        page.get_by_role("link", name="bakery.example").click()
        expect(page.locator("main")).to_contain_text("Sandbox Names")
        follow_to_the_alert(page, link.partition("/first-owner")[0])
        page.goto(link)
        expect(page.locator("main")).to_contain_text("This link was used")


def follow_to_the_alert(page: Page, home: str) -> None:
    """Today says which first steps are open, and leads to what the first look has found."""
    page.goto(home)
    steps = page.locator(".steps li")
    expect(steps).to_have_count(5)
    expect(steps.and_(page.locator(":not(.done)"))).to_contain_text(["Say who is told", "Guard your account"])
    fit(page)
    page.locator(".needs a").filter(has_text="domains lapse within 60 days").click()
    page.get_by_role("link", name=re.compile("bakery.example expires on")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("bakery.example")
    page.goto(home)
    page.get_by_role("link", name="Guard your account").click()
    expect(page.locator("#factor")).to_be_visible()


def become_owner(page: Page) -> None:
    fit(page)
    page.get_by_label("The name you sign in with").first.fill("ada")
    page.get_by_label("Your mail address").first.fill("ada@agency.test")
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    fit(page)


def import_lines(page: Page) -> None:
    page.get_by_label("Or its lines, pasted here").fill(LINES)
    page.get_by_role("button", name="Show what would be new").click()
    expect(page.locator("#import ~ .verdict")).to_contain_text("1 client, 1 domain")
    fit(page)
    page.get_by_role("button", name="Import it").click()


def mailed(world: World, number: int) -> str:
    """Return the link in a mail, once so many have come."""
    part = world.smtp.wait_for(number, timeout_s=20)[-1].message.get_body(("plain",))
    found = re.search(r"https?://\S+/[\w-]{43}", part.get_content() if part else "")
    assert found
    return found[0]


def sign_in(page: Page, home: str, name: str, password: str) -> None:
    page.goto(f"{home}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_somebody_is_invited_guards_their_account_and_is_kept_out(
    chromium: Browser,  # noqa: F811
    system: System,
    world: World,
) -> None:
    environment = {**world.environment(), "NOLAPSE_SECOND_FACTOR_ROLES": "operator"}
    system.start(**environment)
    served = serve(system, **environment)
    with seated(chromium) as owner, seated(chromium) as bob:
        sign_in(owner, served.url, "ada", PASSWORD)
        owner.goto(f"{served.url}/users")
        invite(owner)
        choose(bob, mailed(world, 1), PASSWORD)
        sign_in(bob, served.url, "bob", PASSWORD)
        secret = set_up_codes(bob)

        ask_for_reset(bob, served.url)
        choose(bob, mailed(world, 2), OTHER)
        sign_in(bob, served.url, "bob", OTHER)
        bob.get_by_label("The code of your app").fill(code(secret, 1))
        bob.get_by_role("button", name="Sign in", exact=True).click()
        expect(bob.get_by_role("heading", name="Today")).to_be_visible()

        owner.goto(f"{served.url}/users")
        owner.get_by_role("link", name="bob").click()
        fit(owner)
        owner.get_by_role("button", name="Disable").click()
        expect(owner.locator(".verdict")).to_contain_text("disabled")
        bob.goto(f"{served.url}/account")
        expect(bob).to_have_url(re.compile("/sign-in"))
    served.end()


def invite(page: Page) -> None:
    page.locator("summary").filter(has_text="Invite somebody").click()
    name, mail = page.get_by_label("The name they sign in with"), page.get_by_label("Mail address")
    name.fill("ada")
    mail.fill("bob@agency.test")
    page.get_by_label("Role").select_option("operator")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(name).to_have_accessible_description(re.compile("there is a user 'ada' already"))
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(mail).to_have_value("bob@agency.test")
    expect(page.get_by_label("Role")).to_have_value("operator")
    fit(page)
    name.fill("bob")
    page.get_by_role("button", name="Invite", exact=True).click()


def ask_for_reset(page: Page, home: str) -> None:
    page.goto(f"{home}/reset")
    page.get_by_label("Your mail address").fill("bob@agency.test")
    page.get_by_role("button", name="Mail it").click()


def choose(page: Page, link: str, password: str) -> None:
    page.goto(link)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Save").click()


def set_up_codes(page: Page) -> str:
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    fit(page)
    secret = re.sub(r"\s", "", page.locator("p > code").inner_text())
    page.get_by_label("The code that the app shows now").fill(code(secret, 0))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    return secret


def test_a_passkey_signs_in_by_itself_and_after_the_password(
    chromium: Browser,  # noqa: F811
    system: System,
) -> None:
    served = serve(system)
    with seated(chromium) as page:
        authenticator(page)
        sign_in(page, served.url, "ada", PASSWORD)
        page.goto(f"{served.url}/account")
        make_passkey(page)
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        sign_out(page)
        sign_in(page, served.url, "ada", PASSWORD)
        expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        fit(page)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_role("heading", name="Today")).to_be_visible()

        page.goto(f"{served.url}/account")
        page.get_by_role("button", name="Remove my phone").click()
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("This passkey was not accepted")
    with seated(chromium, java_script_enabled=False) as page:
        page.goto(f"{served.url}/sign-in")
        expect(page.get_by_text("switch JavaScript on")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).not_to_be_visible()
    served.end()


def make_passkey(page: Page) -> None:
    page.locator("summary").filter(has_text="Make a passkey").click()
    page.get_by_label("What you call it").fill("my phone")
    page.get_by_label("Your password, so that").fill("not this one")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("[data-passkey-said]")).to_contain_text("is another one")
    page.get_by_label("Your password, so that").fill(PASSWORD)
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="my phone")).to_be_visible()
    fit(page)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
