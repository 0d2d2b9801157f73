"""An import of a portfolio, as the command line and the first steps do it: planned as a whole, then written at once.

It is no task: the person who hands in the file waits for the answer, and the file bounds the work.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from db import connection
from db.access import audit
from db.portfolio import imports
from rules import portfolio
from rules.portfolio import Complaint, PortfolioEntry
from rules.portfolio.portfolio_plan import Plan, Planner
from tasks.engine.task import find

COUNTED = ("clients", "domains", "endpoints")
_LONGEST_NAME = 200


def _silent(_number: int) -> None:
    """Report no progress."""


def planned(lines: Iterable[str], *, update: bool, progress: Callable[[int], None] = _silent) -> Plan:
    """Read all lines of a CSV file and plan them beside what is there; nothing is written. Raises ``BadFile``."""
    planner, bad = Planner(edits=update), list[Complaint]()
    for chunk in _chunks(portfolio.read(lines)):
        bad += [one for one in chunk if isinstance(one, Complaint)]
        entries = [one for one in chunk if isinstance(one, PortfolioEntry)]
        planner.add(entries, imports.existing(entries))
        progress(len(chunk))
    plan = planner.plan()
    return replace(plan, complaints=tuple(sorted((*bad, *plan.complaints), key=lambda one: one.line)))


def _chunks(read: Iterator[PortfolioEntry | Complaint]) -> Iterator[list[PortfolioEntry | Complaint]]:
    while chunk := list(islice(read, imports.ROWS)):
        yield chunk


def carry_out(plan: Plan, *, by: str, source: str, progress: Callable[[int], None] = _silent) -> Counter[str]:
    """Write a plan, queue checks of what is new, and note the import in the audit trail; return how many are new."""
    new = imports.save(plan, progress=progress)
    for one in plan.edits:
        with connection.transaction():
            imports.edit(one)
            audit.add(by, f"{one.kind} change", f"{one.kind} {one.id}", {one.column: list(one.written)})
            if one.kind == "domain":
                find("domains.judge").enqueue(domain_id=one.id)
    with connection.transaction():
        if new.total() or plan.edits:
            counts = {what: new[what] for what in COUNTED if new[what]}
            edits = {"edits": len(plan.edits)} if plan.edits else {}
            audit.add(by, "import", source[:_LONGEST_NAME], {**counts, **edits})
        for what, task in (("domains", "domains.check_due"), ("endpoints", "certificates.scan_due")):
            if new[what]:
                find(task).enqueue()
    return new


def would_be_new(plan: Plan) -> Counter[str]:
    """Return how many of each a plan would make."""
    return Counter(clients=len(plan.clients), domains=len(plan.domains), endpoints=len(plan.endpoints))
