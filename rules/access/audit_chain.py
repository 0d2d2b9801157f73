"""The chain over the audit trail: each entry's seal is made of the entry and of the seal before it.

To change or remove an entry unnoticed, one has to make every later seal anew. That too is noticed by a seal that was
written down elsewhere before (the head of the chain).
"""

import hashlib
import json
from collections.abc import Mapping

FIRST = "0" * 64
"""What stands before the first seal."""


def seal(before: str, entry: Mapping[str, object]) -> str:
    """Return the seal of an entry, SHA-256 in hex over the seal ``before`` and the entry as canonical JSON.

    Values are JSON's own, moments as ISO 8601 in UTC.
    """
    written = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{before}\n{written}".encode()).hexdigest()
