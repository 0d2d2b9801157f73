"""What is known of a domain as its row has it: some in columns, the rest as JSON."""

from typing import Any

from rules.domains.knowledge import Known

_COLUMNS = ("name", "answer", "created", "updated", "expires", "registrar", "nameservers", "statuses")


def of(known: Known) -> dict[str, Any]:
    """Return what has a column, as ``knowledge_json.load`` takes it beside the JSON."""
    return {name: getattr(known, name) for name in _COLUMNS}
