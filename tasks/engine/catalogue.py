"""All tasks there are: importing their modules declares them."""

import importlib

import settings
from tasks.engine import outcomes, task

_MODULES = (
    *(
        "access",
        "alerts",
        "audit",
        "bounces",
        "certificates",
        "client_notices",
        "client_reports",
        "credit_notes",
        "dns",
        "domains",
        "domains.ownership",
        "invoices",
    ),
    *("lookups", "mail", "oidc", "documents.previews", "documents.virus_scans", "payments", "retention", "webhooks"),
    *("documents.removal", "documents.direct_uploads", "dunning", "trends", "vat_id_checks", "alerts.alert_channels"),
    *("pings", "portfolio_removal"),
)


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
