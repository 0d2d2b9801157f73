"""All tasks there are: importing their modules declares them."""

import importlib

import settings
from tasks.engine import outcomes, task

_MODULES = (
    "access", "access.audit", "access.oidc",
    "alerts", "alerts.alert_channels",
    "billing.credit_notes", "billing.invoices", "billing.vat_id_checks",
    "certificates",
    "clients.client_notices", "clients.client_reports",
    "documents.direct_uploads", "documents.previews", "documents.removal", "documents.virus_scans",
    "domains", "domains.dns", "domains.ownership",
    "mail", "mail.bounces",
    "payments", "payments.dunning", "payments.webhooks",
    "portfolio.portfolio_removal",
    "lookups", "pings", "retention", "trends",
)  # fmt: skip


def load() -> dict[str, task.Task]:
    """Import every module with tasks, ours and those that the settings name, and return the tasks by name.

    Raises ``BadSettings`` for a module of the settings that cannot be imported.
    """
    for module in _MODULES:
        importlib.import_module(f"tasks.{module}")
    for module in settings.current().task_modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise settings.BadSettings(
                f"NOLAPSE_TASK_MODULES names {module!r}, which does not import: {error}"
            ) from None
    outcomes.watch()
    return task.declared()
