"""The web process' application: the API, sign-in, health, and the pages that the dashboard hands in."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

import settings
from api_stub import docs, errors
from api_stub.monitoring import health, metrics
from api_stub.problems import FormRenderer, Renderer
from api_stub.resources.access import (
    account,
    audit,
    auth,
    identity_providers,
    passkeys,
    service_accounts,
    sign_in,
    users,
)
from api_stub.resources.alerting import (
    alert_actions,
    alert_channels,
    alert_preferences,
    alert_routes,
    alerts,
    maintenance,
)
from api_stub.resources.billing import (
    billing_items,
    client_credit,
    credit_notes,
    invoice_documents,
    invoices,
    line_changes,
    products,
    senders,
    subscriptions,
)
from api_stub.resources.documents import direct_uploads, documents, uploads
from api_stub.resources.ledger import failures, jobs, queues, runs, schedules, triggers, workers
from api_stub.resources.mail import letters, mails, returned_mails, suppressions
from api_stub.resources.payments import bank_entries, payments, webhooks
from api_stub.resources.portfolio import bulk, clients, domains, endpoints, events, lookups, ownership
from api_stub.security.cors import CorsForApi
from api_stub.security.headers import HardenedApp
from api_stub.security.request_rates import RequestRates

_PARTS = (
    alert_actions, alert_channels, alert_routes, alert_preferences, maintenance,
    health, metrics, docs, auth, sign_in, account, passkeys, users, service_accounts, identity_providers,
    triggers, runs, jobs, failures, queues, workers, schedules,
    clients, domains, ownership, endpoints, lookups, audit,
    alerts, mails, suppressions, letters, invoices, invoice_documents, documents, events, bulk, uploads,
    direct_uploads,
    webhooks, returned_mails,
    products, senders, subscriptions, line_changes, billing_items,
    payments, client_credit, credit_notes, bank_entries,
)  # fmt: skip


def make_app(
    *, pages: Sequence[APIRouter] = (), render: Renderer | None = None, show_form_again: FormRenderer | None = None
) -> FastAPI:
    """Return the application. The tasks must be loaded.

    For a browser, ``render`` makes a page of a problem, and ``show_form_again`` shows the form again that led to the
    problem.
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
        # ``include_router`` would keep a tree of routers, and search each of its levels twice for a request's route.
        app.router.routes.extend(router.routes)
    if origins := settings.current().cors_origins:
        app.add_middleware(CorsForApi, origins=origins)
    app.add_middleware(HardenedApp)
    return app
