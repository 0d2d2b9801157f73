"""The web process' application: the API, sign-in, health, and the pages that the dashboard hands in."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

import settings
from api_stub import docs, errors
from api_stub.monitoring import health, metrics
from api_stub.problems import FormRenderer, Renderer
from api_stub.resources import (
    account,
    alert_actions,
    alert_channels,
    alert_preferences,
    alert_routes,
    alerts,
    audit,
    auth,
    bank_entries,
    billing_items,
    bulk,
    client_credit,
    clients,
    credit_notes,
    direct_uploads,
    documents,
    domains,
    endpoints,
    events,
    failures,
    invoice_documents,
    invoices,
    jobs,
    letters,
    line_changes,
    lookups,
    mails,
    maintenance,
    ownership,
    passkeys,
    payments,
    products,
    providers,
    queues,
    returned_mails,
    runs,
    schedules,
    senders,
    service_accounts,
    sign_in,
    subscriptions,
    suppressions,
    triggers,
    uploads,
    users,
    webhooks,
    workers,
)
from api_stub.security.cors import CorsForApi
from api_stub.security.headers import HardenedApp
from api_stub.security.request_rates import RequestRates

_PARTS = (
    *(alert_actions, alert_channels, alert_routes, alert_preferences, maintenance),
    *(health, metrics, docs, auth, sign_in, account, passkeys, users, service_accounts, providers),
    *(triggers, runs, jobs, failures, queues, workers, schedules),
    *(clients, domains, ownership, endpoints, lookups, audit),
    *(
        alerts,
        mails,
        suppressions,
        letters,
        invoices,
        invoice_documents,
        documents,
        events,
        bulk,
        uploads,
        direct_uploads,
    ),
    *(webhooks, returned_mails),
    *(products, senders, subscriptions, line_changes, billing_items),
    *(payments, client_credit, credit_notes, bank_entries),
)


def make_app(
    *, pages: Sequence[APIRouter] = (), render: Renderer | None = None, show_form_again: FormRenderer | None = None
) -> FastAPI:
    """Return the application. The tasks must be loaded.

    Where a browser asks, ``render`` makes pages of problems, and ``show_form_again`` the page of a form that led to
    one.
    """
    app = FastAPI(
        title="Nolapse",
        version="0.1.0",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.render_problem = render
    app.state.show_form_again = show_form_again
    app.state.request_rates = RequestRates()
    errors.install(app)
    for router in (*(part.routes for part in _PARTS), *pages):
        # ``include_router`` would keep a tree, and look for a request's route twice at each of its levels.
        app.router.routes.extend(router.routes)
    if origins := settings.current().cors_origins:
        app.add_middleware(CorsForApi, origins=origins)
    app.add_middleware(HardenedApp)
    return app
