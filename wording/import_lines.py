"""The lines of an import in words: what is new, what changes, what is stored already, what is wrong."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rules.portfolio import Complaint, PortfolioEntry
from rules.portfolio.portfolio_plan import Plan
from wording.messages import N_, _, said


@dataclass(frozen=True, slots=True)
class LineFate:
    """A line of the file, what it is about, and what becomes of it. A ``bad`` line stops the import."""

    line: int
    about: str
    words: tuple[str, ...]
    bad: bool = False

    @property
    def word(self) -> str:
        """The one word for what becomes of it."""
        if self.bad:
            return "wrong"
        return "unchanged" if self.words == (_(_SAME),) else "dry run"


_SAME: Final = N_("is there already, as the line says")
_NEW: Final = {"client": N_("new client"), "domain": N_("new domain"), "endpoint": N_("new endpoint")}


def fates(read: Iterable[PortfolioEntry | Complaint], plan: Plan) -> list[LineFate]:
    """Return what becomes of each line, the wrong lines first."""
    entries = {one.line: one for one in read if isinstance(one, PortfolioEntry)}
    wrong, good = _complaints(plan), _changes(plan)
    bad = [LineFate(line, _entry_names(entries.get(line)), words, bad=True) for line, words in sorted(wrong.items())]
    return bad + [
        LineFate(line, _entry_names(entry), good.get(line, (_(_SAME),)))
        for line, entry in sorted(entries.items())
        if line not in wrong
    ]


def _complaints(plan: Plan) -> dict[int, tuple[str, ...]]:
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for one in plan.complaints:
        found[one.line] += (f"{one.column}: {said(one.message)}",)
    return found


def _changes(plan: Plan) -> dict[int, tuple[str, ...]]:
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for noun, entries in (("client", plan.clients), ("domain", plan.domains), ("endpoint", plan.endpoints)):
        for one in entries:
            found[one.line] += (_(_NEW[noun]),)
    for edit in plan.edits:
        before, after = edit.written
        found[edit.line] += (
            _(
                "{column} of {name}: {before} becomes {after}",
                column=edit.column,
                name=edit.name,
                before=said(before),
                after=said(after),
            ),
        )
    return found


def _entry_names(entry: PortfolioEntry | None) -> str:
    if entry is None:
        return ""
    return ", ".join(filter(None, (entry.domain, entry.host, entry.client)))
