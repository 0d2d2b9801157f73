"""The dashboard as one router."""

from fastapi import APIRouter

from dashboard import (
    access,
    account,
    accounts,
    alert_channels,
    alert_routes,
    alerts,
    assets,
    bank,
    client_invoices,
    client_notices,
    clients,
    documents,
    domains,
    endpoints,
    first_run,
    invoice_drafts,
    letters,
    live,
    lookups,
    mailed_links,
    maintenance,
    money,
    payments,
    price_raises,
    products,
    providers,
    schedules,
    search,
    second_factor,
    senders,
    service_accounts,
    subscriptions,
    suppressions,
    themes,
    today,
    trends,
    uploads,
    users,
    work,
)

_PARTS = (
    *(access, assets, today, alerts, work, schedules, domains, endpoints, clients, lookups, search, themes, trends),
    *(money, documents, uploads, suppressions, letters, live),
)
_CATALOGUE = (products, price_raises, subscriptions, senders)
_ALERTS = (alert_channels, alert_routes, maintenance)
_PAYING = (invoice_drafts, payments, bank, accounts, client_invoices, client_notices)
_PEOPLE = (account, users, service_accounts, second_factor, mailed_links, providers, first_run)


def router() -> APIRouter:
    """Return all pages."""
    pages = APIRouter()
    for part in (*_PARTS, *_ALERTS, *_CATALOGUE, *_PAYING, *_PEOPLE):
        pages.include_router(part.pages)
    return pages
