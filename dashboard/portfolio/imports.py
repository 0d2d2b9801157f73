"""The import page: a file is dropped, chosen or pasted, and the page shows what would become of each line."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from starlette.requests import Request

from api_stub import routes
from api_stub.security.principal import Caller, Principal
from dashboard.rendering import flash_messages, formatting, render
from rules import portfolio as portfolio_file
from rules.portfolio import BadFile
from rules.portfolio.portfolio_plan import Plan
from tasks import portfolio
from wording import import_lines
from wording.import_lines import LineFate
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

LONGEST_TEXT = 200_000
"""Characters of CSV in a form; the command line takes files of any size."""

_SHOWN = 200

Text = Annotated[str, Form(max_length=LONGEST_TEXT)]
Chosen = Annotated[UploadFile | None, File()]
Sure = Annotated[bool, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A file that a person handed in, and the plan of its import; ``wrong`` says why the file cannot be used at all."""

    text: str = ""
    update: bool = False
    plan: Plan | None = None
    lines: Sequence[LineFate] = ()
    wrong: str = ""

    @property
    def usable(self) -> bool:
        """Tell whether the import can be carried out: there is a plan without complaints."""
        return self.plan is not None and not self.plan.complaints

    def context(self) -> dict[str, Any]:
        """Return the values for ``forms/import.html``."""
        return {
            "handed": self,
            "new": _new_in_words(portfolio.would_be_new(self.plan)) if self.plan else "",
            "shown": _SHOWN,
            "longest": LONGEST_TEXT,
        }


def handed_in(text: str, file: UploadFile | None, *, update: bool = False) -> HandedIn:
    """Read a text or a file and plan its import against the portfolio; nothing is written."""
    try:
        lines = text or _read(file)
        plan = portfolio.planned(io.StringIO(lines, newline=""), update=update)
        fates = import_lines.fates(portfolio_file.read(io.StringIO(lines, newline="")), plan)
    except BadFile as error:
        return HandedIn(text=text, update=update, wrong=str(error))
    return HandedIn(text=lines, update=update, plan=plan, lines=fates)


def _read(file: UploadFile | None) -> str:
    try:
        written = file.file.read().decode("utf-8-sig") if file is not None else ""
    except UnicodeDecodeError:
        raise BadFile("the file is not UTF-8: save it as CSV UTF-8") from None
    if len(written) > LONGEST_TEXT:
        raise BadFile(f"the file has more than {LONGEST_TEXT:,} characters; use `nolapse import FILE`")
    return written


def _new_in_words(new: Mapping[str, int]) -> str:
    return ", ".join(formatting.counted(what.removesuffix("s"), new[what]) for what in portfolio.COUNTED)


def carried_out(who: Principal, handed: HandedIn, *, source: str) -> str:
    """Carry out the plan on a person's behalf; return a sentence about it. Raises ``ValueError`` without a plan."""
    if handed.plan is None:
        raise ValueError("there is no plan")
    new = portfolio.carry_out(handed.plan, by=who.actor, source=source)
    counts = _new_in_words(new)
    changed = " " + _("Changed: {number}.", number=len(handed.plan.edits)) if handed.plan.edits else ""
    return _("New: {counts}.{changed} What is new is looked at now.", counts=counts, changed=changed)


@pages.get("/import")
def show(request: Request, _who: Caller) -> Response:
    """Show the form."""
    return _page(request, HandedIn())


@pages.post("/import")
def hand_in(
    request: Request, who: Caller, *, text: Text = "", file: Chosen = None, update: Sure = False, sure: Sure = False
) -> Response:
    """Say what would become of each line; once its reader is sure, do it."""
    handed = handed_in(text, file, update=update)
    if not sure or not handed.usable:
        return _page(request, handed)
    return flash_messages.redirect("/domains?show=newest", carried_out(who, handed, source="page"))


def _page(request: Request, handed: HandedIn) -> Response:
    answer = render.page(request, "forms/import_page.html", **handed.context())
    answer.status_code = 422 if handed.wrong or (handed.plan and handed.plan.complaints) else 200
    return answer
