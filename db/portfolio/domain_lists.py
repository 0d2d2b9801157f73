"""Domains as lists: by what is left of them, by answer, by name; and what registries answered about one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import connection
from db.fields import moment, sure
from db.listing import ListFilter, Listing, Order, begins, compares, equals, is_rare, whether
from db.paging import Page
from db.portfolio import domains
from db.text_search import contains, ends
from rules.access import Within
from rules.domains.domain import Domain
from rules.domains.records import Answer


def _of_few(yes: str, no: str, words: str = "") -> ListFilter:
    """Return the filter for what holds of few domains and has an index of its own: they are picked out and sorted."""

    def rare(value: bool) -> bool:  # noqa: FBT001 - a filter's value
        return value and is_rare(f"domain_state WHERE {yes}")

    return ListFilter(bool, whether(yes, no), words, narrows=True, of_state=True, is_rare=rare)


LIST: Final[Listing[Domain]] = Listing(
    table="domain",
    state="domain_state",
    columns=(
        "name, answer, expires, failed_at, stage, registrar, CASE WHEN answer = 'registered' THEN expires END AS lapses"
    ),
    read=domains.listed,
    orders={
        "id": Order(),
        "name": Order("name", str),
        "expires": Order("expires", datetime, then=("id",), nullable=True),
        "lapses": Order("lapses", datetime, then=("id",), nullable=True, indexed=False),
        "failed": Order("failed_at", datetime, then=("id",), nullable=True),
        "registrar": Order("registrar", str, then=("id",), nullable=True),
        "stage": Order("stage", str, then=("id",), nullable=True),
    },
    filters={
        "client": ListFilter(int, equals("domain.client_id"), "Only this client's", narrows=True),
        "name": ListFilter(str, equals("domain.name"), "The one of this name", narrows=True),
        "beginning": ListFilter(str, begins("name")),
        "containing": contains("domain", "name"),
        "registrar": ListFilter(str, equals("registrar"), "Only those at this registrar", of_state=True),
        "tld": ends("domain", "name", words="Only those under this suffix, such as `de`"),
        "answer": ListFilter(Answer, equals("answer"), "Only those of which the registry says this", of_state=True),
        "since": ListFilter(datetime, compares("expires", ">"), "Whose end is behind this moment", of_state=True),
        "until": ListFilter(datetime, compares("expires", "<="), "Whose end is not behind this moment", of_state=True),
        "ends": ListFilter(bool, whether("expires IS NOT NULL", "expires IS NULL")),
        "failing": _of_few("failed_at IS NOT NULL", "failed_at IS NULL", "Whether nobody answered the last look-up"),
        "odd": _of_few("stage NOT IN ('active', 'expiring')", "stage IN ('active', 'expiring')"),
    },
    owner="domain.client_id",
)
"""All domains. ``lapses`` counts the end of registered ones alone."""


def of_client(client_id: int, *, within: Within = None, size: int) -> Page[Domain]:
    """Return a client's first domains by ``lapses``.

    Where a client has more than ``size`` registered ones, they are read along the index of ends, so that not all are
    sorted.
    """
    asked: dict[str, Any] = {"client": client_id, "within": within, "size": size}
    ending = LIST.page("expires", rest=False, answer=Answer.REGISTERED, **asked)
    return ending if ending.after else LIST.page("lapses", **asked)


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """One answer of a registry, without its raw text. Times are UTC."""

    at: datetime
    answer: str
    source: str
    server: str
    expires: datetime | None


def answers(domain_id: int, *, limit: int = 10) -> list[RegistryAnswer]:
    """Return a domain's newest answers."""
    rows = connection.execute(
        "SELECT at, answer, source, server, expires FROM domain_answer WHERE domain_id = %s"
        " ORDER BY at DESC, id DESC LIMIT %s",
        domain_id,
        limit,
    )
    return [RegistryAnswer(sure(row[0]), row[1], row[2], row[3], moment(row[4])) for row in rows]


def newest_raw(domain_id: int) -> str | None:
    """Return the text of a domain's newest answer, if it is still kept."""
    rows = connection.execute(
        "SELECT raw_text FROM domain_answer WHERE domain_id = %s AND (raw_text IS NULL OR raw_text <> '')"
        " ORDER BY at DESC, id DESC LIMIT 1",
        domain_id,
    )
    return rows[0][0] if rows else None
