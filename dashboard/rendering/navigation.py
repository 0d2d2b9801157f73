"""The pages that a person can go to: the menu at the side, and other pages of actions. The search finds both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api_stub.security.principal import Principal
from rules.access import Permission
from wording.messages import N_, _


@dataclass(frozen=True, slots=True)
class Place:
    """A page by its name. ``words`` are other words by which the search finds it."""

    label: str
    where: str
    words: str = ""
    permission: Permission = Permission.READ
    whole: bool = False
    """Whether it is about the whole installation: people who are limited to some clients may not see it."""

    def is_for(self, who: Principal) -> bool:
        """Tell whether the caller may go there."""
        return who.may(self.permission) and not (self.whole and who.within is not None)


MENU: Final[tuple[tuple[str, tuple[Place, ...]], ...]] = (
    (
        "",
        (
            Place("Today", "/", "home start overview"),
            Place("Alerts", "/alerts", "problems incidents warnings"),
        ),
    ),
    (
        N_("Portfolio"),
        (
            Place("Domains", "/domains", "names registrations expiry renewals"),
            Place("Certificates", "/endpoints", "endpoints hosts tls ssl scans"),
            Place("Clients", "/clients", "customers"),
            Place("Calendar", "/calendar", "year months days ends expiry due"),
            Place("Look up", "/lookups", "whois rdap check at once"),
        ),
    ),
    (
        N_("Money"),
        (
            Place("Invoices", "/invoices", "bills payments credit notes"),
            Place("Subscriptions", "/subscriptions", "plans recurring"),
            Place("Products", "/products", "prices", whole=True),
            Place("Bank", "/bank-entries", "statements transfers bookings camt", whole=True),
            Place("Mail", "/mail", "outbox bounces e-mail"),
            Place("Documents", "/documents", "files pdf uploads"),
        ),
    ),
    (
        N_("Work"),
        (
            Place("Schedules", "/schedules", "cron timetable", whole=True),
            Place("Runs", "/runs", "batches fan-outs", whole=True),
            Place("Jobs", "/jobs", "tasks queue"),
            Place("Dead letters", "/dead", "failures failed errors retry"),
        ),
    ),
    (
        N_("Machine"),
        (
            Place("Webhooks", "/webhooks", "stripe events", whole=True),
            Place("Over time", "/trends", "charts statistics throughput percentiles history", whole=True),
            Place("Queues", "/queues", "backlog depth", whole=True),
            Place("Workers", "/workers", "processes hosts", whole=True),
            Place("Services", "/services", "outside calls registries rate limits", whole=True),
            Place("Letters", "/letters", "texts templates", whole=True),
            Place("Senders", "/senders", "companies iban vat", whole=True),
            Place("Users", "/users", "people invite roles", Permission.PEOPLE, whole=True),
            Place(
                "Settings", "/settings", "configuration environment variables secrets", Permission.SETTINGS, whole=True
            ),
            Place("Audit", "/audit", "trail history who did what", Permission.AUDIT),
        ),
    ),
)
"""The menu: headings, and the places under each."""

ELSEWHERE: Final = (
    Place("Who is told of alerts", "/alert-routes", "routing recipients", whole=True),
    Place("Channels beside mail", "/alert-channels", "webhooks chat apprise slack teams", whole=True),
    Place("Maintenance windows", "/maintenance", "silence quiet"),
    Place("Addresses that get no mail", "/suppressions", "suppressions bounced complaints", whole=True),
    Place("What would be billed", "/invoice-drafts", "drafts preview invoices"),
    Place("One-off items", "/billing-items", "hours fees"),
    Place("Coupons", "/coupons", "discounts", whole=True),
    Place("Service accounts", "/service-accounts", "api tokens programs", Permission.PEOPLE, whole=True),
    Place("My account", "/account", "password passkeys second factor time zone tokens profile", Permission.ACCOUNT),
    Place("First steps", "/first-steps", "set up", Permission.OWNERS, whole=True),
    Place("Enter a client", "/clients/new", "new add create customer", Permission.PORTFOLIO, whole=True),
    Place("Enter a domain", "/domains/new", "new add create name", Permission.PORTFOLIO),
    Place("Enter an endpoint", "/endpoints/new", "new add create host certificate", Permission.PORTFOLIO),
    Place("Import a file", "/import", "csv upload portfolio new add", Permission.PORTFOLIO, whole=True),
    Place("Start a task", "/tasks", "run trigger job arguments"),
    Place("Enter a product", "/products/new", "new add create", Permission.MONEY, whole=True),
    Place("Enter a coupon", "/coupons/new", "new add create discount", Permission.MONEY, whole=True),
    Place("Enter a subscription", "/subscriptions/new", "new add create", Permission.MONEY),
    Place("Enter a one-off item", "/billing-items/new", "new add create", Permission.MONEY),
    Place("Enter a sender", "/senders/new", "new add create", Permission.SETTINGS, whole=True),
)
"""Pages, and actions on pages, that are not in the menu."""


def menu(who: Principal) -> list[tuple[str, list[Place]]]:
    """Return a person's menu: the places that they may see, without empty headings."""
    shown = [(heading, [one for one in places if one.is_for(who)]) for heading, places in MENU]
    return [(heading, places) for heading, places in shown if places]


def found(text: str, who: Principal, *, limit: int) -> Sequence[Place]:
    """Return at most ``limit`` pages that contain each word of a text, those with the words in their name first.

    Only pages that the person may see are found, by their names in English and in the reader's language.
    """
    words = text.lower().split()
    every = [one for _, places in MENU for one in places] + list(ELSEWHERE)
    has = [
        one
        for one in every
        if words and all(word in f"{_(one.label)} {one.label} {one.words}".lower() for word in words)
    ]
    return sorted((one for one in has if one.is_for(who)), key=lambda one: words[0] not in _(one.label).lower())[:limit]
