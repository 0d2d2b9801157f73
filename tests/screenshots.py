"""Pictures of every page, letter and invoice: ``python -m tests.screenshots FOLDER``, or ``make screenshots``.

Runs a small agency on the sandbox's servers, with a night's runs behind it, and takes each page whole at the widths of
a phone, a desk and a wide screen, light and dark. Needs Chromium. What the documentation shows are some of them.
"""

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
from playwright.sync_api import Browser, sync_playwright
from pydantic import SecretStr

import settings
from cli.demo import night
from db import connection, migrate
from rules.billing import invoice_description
from sandbox import invoices
from sandbox.portfolio import portfolio
from sandbox.world import World
from tasks.billing import invoice_documents
from tasks.mail import letters
from tasks.mail.letters import letter_kinds, samples
from tasks.mail.letters.letter_kinds import LetterKind
from tests.api.test_process import Served, serve
from tests.journeys.test_browser import ARGUMENTS, PAGES, Desk, dead_job, handed_out
from tests.support import kept_documents
from tests.support.servers import RedisServer
from tests.support.system import System

WIDTHS = {390: 844, 1280: 800, 1920: 1080}
SCHEMES = ("light", "dark")
_LANGUAGES = ("en", "de")
_INVOICES = ("de", "en", "ar")
_PAPER_SCALE = 0.9  # pixels a point
_PAPER_SHOWN = 510
_COLOURS = 64
_RUN = ("domains", "certificates", "invoices")
_RUN_MS = 180_000
_SUMMED_UP_MS = 10_000  # attempts are summed up once they are some seconds old


@contextmanager
def _agency(folder: Path) -> Iterator[Served]:
    url = f"sqlite:///{folder / 'nolapse.db'}"
    connection.connect(url)
    with connection.session():
        migrate.up()
    redis = RedisServer()
    redis.start()
    with ExitStack() as stack:
        stack.callback(redis.close)
        stack.enter_context(settings.override(home=folder, database_url_given=SecretStr(url)))
        world = stack.enter_context(
            World(portfolio(datetime.now(UTC), clients=8, domains=40, endpoints=16), folder / "world")
        )
        system = stack.enter_context(System(url, redis, folder).entered())
        night.register(world)
        with connection.session():
            kept_documents.keep(1)
        system.start(**world.environment())
        served = serve(system, **world.environment())
        stack.callback(served.end)
        yield served


def _take(browser: Browser, served: Served, folder: Path, paths: Sequence[str]) -> int:
    taken = 0
    for scheme in SCHEMES:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
        desk = Desk(context, context.new_page(), served.url)
        desk.sign_in()
        if scheme == SCHEMES[0]:
            _work(desk)
        for width, height in WIDTHS.items():
            desk.page.set_viewport_size({"width": width, "height": height})
            for path in (*paths, *handed_out(desk)):
                desk.goto(path)
                desk.page.screenshot(path=folder / f"{_name(path)}.{width}.{scheme}.png", full_page=True)
                taken += 1
        context.close()
    return taken


def _take_letters(browser: Browser, folder: Path) -> int:
    """Take each letter with its sample values, in two languages, at a phone's width."""
    taken = 0
    for scheme in SCHEMES:
        context = browser.new_context(viewport={"width": 390, "height": WIDTHS[390]}, color_scheme=scheme)
        page = context.new_page()
        for kind in letter_kinds.KINDS:
            for language in _LANGUAGES:
                page.set_content(_sample(kind, language))
                page.screenshot(path=folder / f"letter-{kind.name}.{language}.{scheme}.png", full_page=True)
                taken += 1
        context.close()
    return taken


def _take_invoices(folder: Path) -> int:
    """Take an invoice in three languages, from its head to its payment, as docs/billing.md shows them."""
    given = invoices.samples()
    for language in _INVOICES:
        described = given[f"language-{language}"]
        payment = described["payment"] | {"link": "https://jobs.agency.example/pay/1.A"}
        made = described | {"appearance": given["appearance"]["appearance"], "payment": payment}
        paper: Any = pypdfium2.PdfDocument(invoice_documents.pdf(invoice_description.read(made)))[0]  # it has no types
        picture = paper.render(scale=_PAPER_SCALE).to_pil()
        shown = picture.crop((0, 0, picture.width, _PAPER_SHOWN))
        shown.quantize(_COLOURS).save(folder / f"invoice-{language}.png")
    return len(_INVOICES)


def _sample(kind: LetterKind, language: str) -> str:
    return samples.shown(kind, language, letters.sources(kind, language)).html


def _name(path: str) -> str:
    """Return how a page's pictures are called: as its address, without the secret of a link."""
    shown = re.sub(r"^/(d|status)/[0-9]+\.[\w-]+$", r"/\1", path) if path not in PAGES else path
    return re.sub(r"[/?=&:%]", "-", shown.strip("/")) or "today"


def _work(desk: Desk) -> None:
    """Have a night's runs behind it, and a job that somebody must look at."""
    for name in _RUN:
        desk.goto("/schedules")
        desk.page.get_by_role("button", name=f"Run now {name}", exact=True).click()
        desk.page.locator("[data-say]").filter(has_text="has ended").wait_for(timeout=_RUN_MS)
    dead_job()
    for _ in range(2):
        desk.goto("/schedules")
        desk.page.get_by_role("button", name="Run now trends", exact=True).click()
        desk.page.wait_for_timeout(_SUMMED_UP_MS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures, and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", help="addresses of pages; otherwise all")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.stderr.write("there is no Chromium: apt-get install chromium\n")
        return 1
    with tempfile.TemporaryDirectory() as home, _agency(Path(home)) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        taken = _take(browser, served, asked.folder, asked.only or PAGES) + _take_letters(browser, asked.folder)
        taken += _take_invoices(asked.folder)
        browser.close()
    sys.stdout.write(f"{taken} pictures in {asked.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
