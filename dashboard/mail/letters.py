"""Letters: how each one looks in each language, and the staff's words in place of ours."""

from collections.abc import Collection, Mapping
from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api_stub import routes
from api_stub.fields import Language
from api_stub.resources.mail import letters as resource
from api_stub.resources.mail.letters import LetterName
from api_stub.security.headers import FRAMED_POLICY
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, links, render
from tasks import senders
from tasks.mail.letters import parts, samples
from wording.messages import _, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

TITLES: Final = {
    "subject": "Subject",
    "headline": "Heading",
    "about": "What it is about",
    "greeting": "Greeting",
    "text": "Text",
    "means": "What it means",
    "todo": "What to do",
    "by": "By when",
    "button": "Words on the button",
    "closing": "Closing",
    "footer": "Last line",
}
"""The part of a letter -> its name for staff."""


class LetterForm(BaseModel):
    """The parts of a letter (``parts.PARTS``), as the page's form sends them."""

    subject: str = ""
    headline: str = ""
    about: str = ""
    greeting: str = ""
    text: str = ""
    means: str = ""
    todo: str = ""
    by: str = ""
    button: str = ""
    closing: str = ""
    footer: str = ""

    def parts_of(self, ours: Collection[str]) -> dict[str, str]:
        """Return the form's texts of the parts in ``ours``, with line feeds as line ends."""
        return {part: str(getattr(self, part)).replace("\r\n", "\n").strip() for part in ours}


@pages.get("/letters")
def listed(request: Request, _who: Caller) -> Response:
    """List the letters that we write."""
    return render.page(request, "mail/letters.html", letters=resource.summaries())


@pages.get("/letters/{name}")
def letter(request: Request, _who: Caller, name: LetterName, language: Language = "en") -> Response:
    """Show a letter with sample values, and its parts."""
    found = resource.read(name, language)
    return _page(request, name, language, given={**found.ours, **found.own}, wrong={})


@pages.get("/letters/{name}/preview")
def preview(_who: Caller, name: LetterName, language: Language = "en") -> Response:
    """Give a letter as its reader sees it, for the frame on its page."""
    found = resource.read(name, language)
    return framed(
        samples.shown(resource.kind(name), language, {**found.ours, **found.own}, sender=senders.default()).html
    )


@pages.post("/letters/{name}/preview")
def preview_words(
    _who: Caller, name: LetterName, form: Annotated[LetterForm, Form()], language: Language = "en"
) -> Response:
    """Give a letter in words that are not saved yet, or what is wrong with them."""
    ours = resource.read(name, language).ours
    given = form.parts_of(ours)
    own = {part: source for part, source in given.items() if source}
    wrong = resource.mistakes(resource.kind(name), language, own)
    if wrong:
        return framed("".join(f"<p>{escape(TITLES[part])}: {escape(why)}</p>" for part, why in wrong.items()))
    return framed(samples.shown(resource.kind(name), language, {**ours, **own}, sender=senders.default()).html)


def framed(html: str) -> Response:
    """Answer with the HTML of a mail. It can run nothing, and only our own pages can frame it."""
    return HTMLResponse(html, headers={"Content-Security-Policy": FRAMED_POLICY})


@pages.post("/letters/{name}")
def write(
    request: Request,
    who: Caller,
    name: LetterName,
    form: Annotated[LetterForm, Form()],
    language: Language = "en",
) -> Response:
    """Say parts of a letter in words of one's own; what is emptied, or as ours, is ours."""
    ours = resource.read(name, language).ours
    given = form.parts_of(ours)
    own = {part: source for part, source in given.items() if source and source != ours[part].strip()}
    wrong = resource.mistakes(resource.kind(name), language, own)
    if wrong:
        return _page(request, name, language, given={**ours, **given}, wrong=wrong)
    resource.write(who, name, language, own)
    said = (
        ngettext("{number} part is in words of your own.", "{number} parts are in words of your own.", len(own))
        if own
        else _("All parts are in our words.")
    )
    return flash_messages.redirect(links.address(f"/letters/{name}", language=language), said)


def _page(
    request: Request, name: str, language: Language, *, given: Mapping[str, str], wrong: Mapping[str, str]
) -> Response:
    found = resource.read(name, language)
    return render.page(
        request,
        "mail/letter.html",
        letter=found,
        kind=resource.kind(name),
        given=given,
        wrong=wrong,
        titles=TITLES,
        longest=parts.LONGEST_PART,
    )
