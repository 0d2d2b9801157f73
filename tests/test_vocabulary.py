"""One word means one thing: no class name and no module name of the product has two meanings (docs/glossary.md)."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
TREE = (
    *("api_stub", "cli", "dashboard", "db", "integrations", "rules", "sandbox", "schedules", "settings", "tasks"),
    *("wording", "workers"),
)

SAME_NOUN = {
    *("failures", "imports", "queues", "triggers"),
    *("alert_channels", "client_notices", "omissions", "pings", "alert_routes", "alert_preferences", "maintenance"),
    *("attempts", "refunds", "disputes", "settlements"),
    *(
        "senders",
        "products",
        "subscriptions",
        "billing_items",
        "line_changes",
        "coupons",
        "entries",
        "bank_entries",
        "credit_notes",
        "credit_orders",
    ),
    *(
        "alerts",
        "audit",
        "certificates",
        "clients",
        "domains",
        "endpoints",
        "events",
        "invoices",
        "jobs",
        "mail",
        "outbox",
    ),
    *("client_reports", "client_status", "end_calendar", "saved_views"),
    *("runs", "scans", "schedules", "search", "sessions", "subjects", "tokens", "trends", "users", "work", "workers"),
    *(
        "documents",
        "signed_links",
        "storage",
        "suppressions",
        "service_accounts",
        "invoice_documents",
        "invoice_drafts",
        "uploads",
        "direct_uploads",
        "previews",
        "stripe",
        "payments",
        "webhooks",
        "dunning",
        "letters",
    ),
    *(
        "caa",
        "clamd",
        "vies",
        "price_raises",
        "dns",
        "imap",
        "oauth_tokens",
        "rdap",
        "ses",
        "smtp",
        "starttls",
        "tls",
        "tlsa",
        "whois",
    ),
    *("circuit_breaker", "lanes", "limiter", "pacing", "rate_limits", "downloads", "measurements", "retention"),
    *(
        "access",
        "account",
        "auth",
        "billing",
        "portfolio",
        "x509",
        "oidc",
        "providers",
        "second_factor",
        "second_factors",
    ),
    *("alarms", "changes", "next_check", "domain", "dns_policy", "money", "health", "metrics", "idempotency"),
    *(
        "lookups",
        "ownership",
        "first_owner",
        "mailed_links",
        "passkeys",
        "throttle",
        "throttles",
        "names",
        "revocation",
        "authorities",
        "dates",
        "hosts",
        "web",
    ),
}
"""Modules of several layers that are about the same noun: what it is, how it is stored, how it is shown."""

SAME_PART = {"__init__", "app", "connection", "errors", "fields", "models", "schema", "table"}
"""Modules that each folder may have, and that are named after their part in it."""


def modules() -> list[Path]:
    """Return the product's modules; frozen migrations are not among them."""
    found = (path for folder in TREE for path in (ROOT / folder).rglob("*.py"))
    return [path.relative_to(ROOT) for path in found if "migrations" not in path.parts]


def layer(path: Path) -> str:
    """Return which of those that may share a noun a module belongs to.

    They are a table's model, its read model, its API schema, and the sandbox's made-up one.
    """
    text = path.as_posix()
    if path.name in {"schema.py", "models.py"} and text.startswith("db/"):
        return "model"
    return next((one for one in ("db/", "api_stub/resources/", "sandbox/") if text.startswith(one)), "other")


def shared(meanings: dict[str, list[Path]]) -> dict[str, list[str]]:
    return {name: sorted(map(str, paths)) for name, paths in sorted(meanings.items()) if len(paths) > 1}


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for path in modules():
        for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name][layer(path)].append(path)
    doubled = {
        f"{name} ({where})": sorted(map(str, paths))
        for name, by_layer in sorted(places.items())
        for where, paths in by_layer.items()
        if len(paths) > 1
    }
    assert not doubled, "rename:\n" + "\n".join(f"  {name}: {', '.join(paths)}" for name, paths in doubled.items())


def test_a_module_name_means_one_thing() -> None:
    places: dict[str, list[Path]] = defaultdict(list)
    for path in modules():
        places[path.stem].append(path)
    doubled = {name: paths for name, paths in shared(places).items() if name not in SAME_NOUN | SAME_PART}
    assert not doubled, "rename:\n" + "\n".join(f"  {name}: {', '.join(paths)}" for name, paths in doubled.items())
