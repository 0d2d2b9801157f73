"""The dashboard as one router."""

from fastapi import APIRouter

from dashboard import (
    access,
    documents,
    list_completions,
    list_exports,
    saved_views,
    search,
    services,
    settings_in_force,
    today,
    trends,
)
from dashboard.access import account, identity_providers, mailed_links, second_factor, service_accounts, users
from dashboard.alerting import alert_channels, alert_routes, alerts, maintenance
from dashboard.billing import (
    billing_items,
    client_accounts,
    invoice_drafts,
    invoices,
    line_changes,
    price_raises,
    products,
    senders,
    subscriptions,
)
from dashboard.client_pages import client_invoices, client_notices, client_status
from dashboard.forms import uploads
from dashboard.ledger import failures, jobs, queues, runs, schedules, triggers
from dashboard.mail import letters, outbox, suppressions
from dashboard.payments import bank, payments
from dashboard.portfolio import (
    bulk_actions,
    calendar,
    client_reports,
    clients,
    domains,
    endpoints,
    imports,
    lookups,
    portfolio_entries,
)
from dashboard.rendering import assets, live, themes
from dashboard.today import first_run

_PARTS = (
    bulk_actions, portfolio_entries, imports,  # before the pages of single things: /clients/new is no client
    access, account, first_run, mailed_links, identity_providers, second_factor, service_accounts, users,
    alerts, alert_channels, alert_routes, maintenance,
    client_accounts, billing_items, invoice_drafts, invoices, line_changes, price_raises, products, senders,
    subscriptions,
    bank, payments,
    client_invoices, client_notices, client_status,
    documents, uploads,
    failures, jobs, queues, runs, schedules, triggers,
    letters, outbox, suppressions,
    calendar, client_reports, clients, domains, endpoints, lookups,
    list_completions, list_exports, saved_views,
    assets, live, themes,
    search, services, settings_in_force, today, trends,
)  # fmt: skip


def router() -> APIRouter:
    """Return all pages."""
    pages = APIRouter()
    for part in _PARTS:
        pages.routes.extend(part.pages.routes)
    return pages
