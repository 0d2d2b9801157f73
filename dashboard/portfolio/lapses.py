"""What ends next: domains and certificates; for one client also the due dates of invoices and subscriptions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from db.billing.invoices import Invoice
from db.billing.subscriptions import Subscription
from db.portfolio import domain_lists, endpoint_lists
from db.portfolio.endpoints import Endpoint
from rules.access import Within
from rules.billing.settlement import InvoiceSettlement
from rules.certificates.observation import PORTS, Protocol
from rules.domains.records import Answer
from wording.messages import N_


@dataclass(frozen=True, slots=True)
class Lapse:
    """Something that ends or falls due soon. For a day without a time, ``at`` is the day's first moment in UTC."""

    at: datetime
    what: str
    where: str
    kind: str
    client_id: int
    client_name: str


def coming(
    now: datetime, *, most: int, until: datetime | None = None, client: int | None = None, within: Within = None
) -> list[Lapse]:
    """Return the domains and certificates that end next after ``now``, ``most`` of each, of one client or of all."""
    asked: dict[str, Any] = {"since": now, "until": until, "client": client, "within": within}
    domains = domain_lists.LIST.page("expires", rest=False, answer=Answer.REGISTERED, size=most, **asked).rows
    endpoints = endpoint_lists.LIST.page("not_after", rest=False, size=most, **asked).rows
    found = [
        *(
            Lapse(one.expires, one.name, f"/domains/{one.id}", N_("domain"), one.client_id, one.client_name)
            for one in domains
            if one.expires
        ),
        *(
            Lapse(one.not_after, _host(one), f"/endpoints/{one.id}", N_("certificate"), one.client_id, one.client_name)
            for one in endpoints
            if one.not_after
        ),
    ]
    return soonest(found, most=2 * most)


def of_money(
    invoices: Iterable[tuple[Invoice, InvoiceSettlement]], subscriptions: Iterable[Subscription]
) -> Iterator[Lapse]:
    """Yield the unpaid invoices by their due day, and each subscription by the day of its next bill."""
    for invoice, settled in invoices:
        if settled.outstanding > 0:
            yield Lapse(
                _first_moment(invoice.due_on),
                invoice.name,
                f"/invoices/{invoice.id}",
                N_("invoice to be paid"),
                invoice.client_id,
                invoice.client_name,
            )
    for one in subscriptions:
        if one.next_due and (one.until is None or one.next_due < one.until):
            yield Lapse(
                _first_moment(one.next_due),
                one.description,
                f"/subscriptions/{one.id}",
                N_("subscription to be billed"),
                one.client_id,
                one.client_name,
            )


def soonest(found: Iterable[Lapse], *, most: int) -> list[Lapse]:
    """Return the first of these, by when they end."""
    return sorted(found, key=lambda lapse: (lapse.at, lapse.where))[:most]


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _host(endpoint: Endpoint) -> str:
    return endpoint.host if endpoint.port == PORTS[Protocol.TLS] else endpoint.address
