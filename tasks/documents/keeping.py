"""Documents that we make: the bytes are stored first, then the row; however often the job runs, the result is the same.

    new = keeping.put(owner, ...)       keyed: the key is made of the bytes
    with completing():
        document = documents.add(new)   local

An attempt that dies between the two leaves bytes without a row, and the next attempt stores the same again under the
same key. Where no attempt follows, the storage audit finds the orphan.
"""

import hashlib
from datetime import datetime

from db.documents.documents import NewDocument
from rules import documents as rules
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tasks import outside


def put(
    owner: Subject, data: bytes, *, name: str, content_type: str, added_by: str, kept_until: datetime | None = None
) -> NewDocument:
    """Store a document that we made and return what its row will say. Raises as the storage does."""
    sha256 = hashlib.sha256(data).hexdigest()
    key = rules.storage_key(owner.kind, owner.id, sha256)
    outside.storage().put(key, data, locked_until=kept_until)
    return NewDocument(
        owner=owner,
        name=name,
        content_type=content_type,
        size=len(data),
        sha256=sha256,
        storage_key=key,
        added_by=added_by,
        state=DocumentState.CLEAN,
        kept_until=kept_until,
    )
