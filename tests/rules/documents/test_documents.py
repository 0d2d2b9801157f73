"""Documents' states, and from when on their bytes may go."""

from datetime import UTC, datetime, timedelta

import pytest

from rules import documents
from rules.documents import DocumentState

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)

WAYS = {
    ("received", "scanning"),
    ("received", "refused"),
    ("scanning", "clean"),
    ("scanning", "quarantined"),
    ("scanning", "refused"),
    ("clean", "quarantined"),
    ("quarantined", "clean"),
}


@pytest.mark.parametrize("before", DocumentState)
@pytest.mark.parametrize("after", DocumentState)
def test_nothing_becomes_clean_without_a_scan_and_a_refusal_is_final(
    before: DocumentState, after: DocumentState
) -> None:
    assert documents.may_become(before, after) == (before == after or (before, after) in WAYS)
    assert (before in documents.before(after)) == documents.may_become(before, after)


def test_only_what_is_clean_and_not_deleted_is_handed_out() -> None:
    handed_out = [one for one in DocumentState if not documents.why_withheld(one, deleted=False)]
    assert handed_out == [DocumentState.CLEAN]
    assert all(documents.why_withheld(one, deleted=True) == "it was deleted" for one in DocumentState)


def test_a_storage_key_says_nothing_of_the_name_that_was_given() -> None:
    assert documents.storage_key("invoice", 7, "ab" * 32) == f"documents/invoice/7/{'ab' * 32}"
