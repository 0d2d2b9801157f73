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
    bulk_actions,
    calendar,
    client_invoices,
    client_notices,
    client_reports,
    client_status,
    clients,
    documents,
    domains,
    endpoints,
    failures,
    first_run,
    imports,
    invoice_drafts,
    jobs,
    letters,
    line_changes,
    list_completions,
    list_exports,
    live,
    lookups,
    mailed_links,
    maintenance,
    money,
    payments,
    portfolio_entries,
    price_raises,
    products,
    providers,
    queues,
    runs,
    saved_views,
    schedules,
    search,
    second_factor,
    senders,
    service_accounts,
    services,
    settings_in_force,
    subscriptions,
    suppressions,
    themes,
    today,
    trends,
    triggers,
    uploads,
    users,
)

_ENTERING = (bulk_actions, portfolio_entries, imports)
"""Before the pages of single things: /clients/new is no client."""
_PARTS = (
    *_ENTERING,
    *(
        access,
        assets,
        today,
        services,
        calendar,
        alerts,
        queues,
        jobs,
        runs,
        failures,
        triggers,
        schedules,
        domains,
        endpoints,
        clients,
        client_reports,
        lookups,
    ),
    *(search, themes, trends, list_completions, list_exports, saved_views),
    *(money, documents, uploads, suppressions, letters, live),
)
_CATALOGUE = (products, price_raises, subscriptions, line_changes, senders)
_ALERTS = (alert_channels, alert_routes, maintenance)
_PAYING = (invoice_drafts, payments, bank, accounts, client_invoices, client_notices, client_status)
_PEOPLE = (account, users, service_accounts, second_factor, mailed_links, providers, first_run, settings_in_force)


def router() -> APIRouter:
    """Return all pages."""
    pages = APIRouter()
    for part in (*_PARTS, *_ALERTS, *_CATALOGUE, *_PAYING, *_PEOPLE):
        pages.routes.extend(part.pages.routes)
    return pages
