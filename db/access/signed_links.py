"""Links that were signed, each with its row: what it is for, whether it was withdrawn, who used it when.

link_id = signed_links.add(NewLink(...))        in the transaction of what it is about
link = signed_links.find(link_id)               rules.access.signed_links makes its token, and judges one that is shown
signed_links.used(link_id, "fetched", ...)      each time; the page, the API and the command line show it
signed_links.withdraw(link_id, by="ada")        from then on it is refused
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from db import connection
from db.access import models
from db.connection import transaction
from db.fields import stored
from db.listing import ListFilter, Listing, Order, about, equals, whether
from rules.access import Within, sees
from rules.access.signed_links import SignedLink, SignedPurpose
from rules.checks.subjects import Subject

_KEPT_USES = 1000
"""How many uses of a link are kept one by one, the newest ones; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link to hand out. ``holds_s`` is in seconds; an ``audience`` of ``user 7`` lets that account alone use it."""

    purpose: SignedPurpose
    subject: Subject
    holds_s: int
    created_by: str
    method: str = "GET"
    audience: str = ""


@dataclass(frozen=True, slots=True)
class LinkUse:
    """One use of a link: what was done, from which address and with which device. ``at`` is UTC."""

    id: int
    at: datetime
    what: str
    address: str
    device: str


_LINK = (
    "SELECT id, purpose, subject_kind, subject_id, client_id, method, audience, created_by, created_at, expires_at,"
    " mail_id, withdrawn_at, withdrawn_by, uses, used_at FROM signed_link"
)


def add(new: NewLink) -> int:
    """Add a link, in the caller's transaction, and return its id. Its expiry falls on a whole second."""
    with transaction():
        return connection.execute(
            "INSERT INTO signed_link (purpose, subject_kind, subject_id, client_id, method, audience, created_by,"
            " created_at, expires_at, withdrawn_by, uses)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, {now}, %s, '', 0) RETURNING id",
            str(new.purpose),
            new.subject.kind,
            new.subject.id,
            new.subject.client_id,
            new.method,
            new.audience,
            new.created_by[:100],
            stored((datetime.now(UTC) + timedelta(seconds=new.holds_s)).replace(microsecond=0)),
        )[0][0]


def find(link_id: int) -> SignedLink | None:
    """Return a link, also one that was withdrawn or has expired; None where there is none."""
    return next(iter(many([link_id])), None)


def require(link_id: int, *, within: Within = None) -> SignedLink:
    """Return a link. Raises ``LookupError``."""
    found = find(link_id)
    if found is not None and sees(within, found.subject.client_id):
        return found
    raise LookupError(f"no link has the id {link_id}")


def many(ids: Sequence[int]) -> list[SignedLink]:
    """Return the links that exist, of these ids."""
    return connection.rows(SignedLink, f"{_LINK} WHERE id {{ids}}", list(ids))


def holding(subject: Subject, purpose: SignedPurpose, *, created_by: str) -> SignedLink | None:
    """Return the oldest link to a subject that holds, is for this purpose and was made by ``created_by``, or None."""
    found = connection.rows(
        SignedLink,
        f"{_LINK} WHERE subject_kind = %s AND subject_id = %s AND purpose = %s AND created_by = %s"
        " AND withdrawn_at IS NULL AND expires_at > {now} ORDER BY id LIMIT 1",
        subject.kind,
        subject.id,
        str(purpose),
        created_by,
    )
    return next(iter(found), None)


def go_out_in(mail_id: int, link_ids: Sequence[int]) -> None:
    """Note which mail carries links, in the transaction that posts it: no other mail is given their tokens."""
    connection.changed(
        "UPDATE signed_link SET mail_id = %s WHERE id {ids} AND mail_id IS NULL", mail_id, list(link_ids)
    )


def of_mail(mail_id: int) -> list[SignedLink]:
    """Return the links that go out in a mail."""
    return connection.rows(SignedLink, f"{_LINK} WHERE mail_id = %s ORDER BY id", mail_id)


def used(link_id: int, what: str, *, address: str, device: str) -> None:
    """Count a use and write it down, in a transaction. ``what`` is a word or two: ``opened``, ``fetched``."""
    with transaction():
        connection.changed("UPDATE signed_link SET uses = uses + 1, used_at = {now} WHERE id = %s", link_id)
        models.SignedLinkUse.create(link=link_id, what=what[:32], address=address[:64], device=device[:80])
        connection.changed(
            "DELETE FROM signed_link_use WHERE link_id = %s AND id <= (SELECT id FROM signed_link_use"
            " WHERE link_id = %s ORDER BY id DESC LIMIT 1 OFFSET %s)",
            link_id,
            link_id,
            _KEPT_USES,
        )


def uses(link_id: int, *, limit: int = 50) -> list[LinkUse]:
    """Return how a link was used last, the newest first."""
    return connection.rows(
        LinkUse,
        "SELECT id, at, what, address, device FROM signed_link_use WHERE link_id = %s ORDER BY id DESC LIMIT %s",
        link_id,
        limit,
    )


def withdraw(link_id: int, *, by: str) -> bool:
    """Withdraw a link, in the caller's transaction; returns False where there is none, or it was withdrawn before."""
    return bool(
        connection.changed(
            "UPDATE signed_link SET withdrawn_at = {now}, withdrawn_by = %s WHERE id = %s AND withdrawn_at IS NULL",
            by[:100],
            link_id,
        )
    )


def withdraw_all(subject: Subject, *, by: str) -> int:
    """Withdraw every link to a thing, in the caller's transaction; returns how many held until now."""
    return connection.changed(
        "UPDATE signed_link SET withdrawn_at = {now}, withdrawn_by = %s"
        " WHERE subject_kind = %s AND subject_id = %s AND withdrawn_at IS NULL AND expires_at > {now}",
        by[:100],
        subject.kind,
        subject.id,
    )


LIST: Final[Listing[SignedLink]] = Listing(
    table="signed_link",
    columns="purpose, expires_at, withdrawn_at",
    read=many,
    orders={"id": Order()},
    filters={
        "client": ListFilter(int, equals("signed_link.client_id"), "Only those to what this client has", narrows=True),
        "document": ListFilter(int, about("document"), "Only those to this document", narrows=True),
        "invoice": ListFilter(int, about("invoice"), "Only those to this invoice", narrows=True),
        "purpose": ListFilter(SignedPurpose, equals("purpose"), "Only those for this"),
        "withdrawn": ListFilter(
            bool, whether("withdrawn_at IS NOT NULL", "withdrawn_at IS NULL"), "Whether somebody withdrew it"
        ),
    },
    owner="signed_link.client_id",
)
"""All links, also those that are over."""
