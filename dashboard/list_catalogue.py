"""Every list that has a filter, by its name in addresses."""

from typing import Any

from api_stub.problems import Problem
from api_stub.security.principal import Principal
from dashboard import access
from dashboard.alerting import alerts
from dashboard.billing import invoices
from dashboard.ledger import jobs, runs
from dashboard.lists.list_pages import ListPage
from dashboard.mail import outbox
from dashboard.portfolio import clients, domains, endpoints

_ALL: tuple[ListPage[Any], ...] = (
    jobs.PAGE, runs.PAGE, domains.PAGE, endpoints.PAGE, clients.PAGE, alerts.PAGE,
    invoices.PAGE, outbox.PAGE, access.PAGE,
)  # fmt: skip
PAGES = {one.name: one for one in _ALL}


def require(name: str, who: Principal) -> ListPage[Any]:
    """Return the list of that name. Raises ``Problem`` 404, or 403 where the caller may not read it."""
    found = PAGES.get(name)
    if found is None:
        raise Problem(404, "not-found", f"no list is called {name[:40]!r}")
    if not who.may(found.permission):
        raise Problem(403, "forbidden", f"your role may not read {found.title.lower()}")
    return found
