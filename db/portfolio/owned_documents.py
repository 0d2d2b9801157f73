"""What becomes of the documents of clients and domains that are removed."""

from collections.abc import Sequence

from db import connection


def of_clients_removed(ids: Sequence[int]) -> None:
    """Mark the documents of removed clients for deletion, in the caller's transaction, and withdraw links to them.

    They belong to no client from now on, because SQLite may give the id of a removed row to another one.
    """
    _mark("client_id {ids}", ids)


def of_domains_removed(ids: Sequence[int]) -> None:
    """Mark the documents of removed domains, as ``of_clients_removed`` does."""
    _mark("owner_kind = 'domain' AND owner_id {ids}", ids)


def _mark(where: str, ids: Sequence[int]) -> None:
    connection.changed(
        "UPDATE signed_link SET client_id = NULL, withdrawn_at = COALESCE(withdrawn_at, {now})"  # noqa: S608 - our own
        f" WHERE subject_kind = 'document' AND subject_id IN (SELECT id FROM kept_document WHERE {where})",
        list(ids),
    )
    connection.changed(
        "UPDATE kept_document SET client_id = NULL, owner_id = 0, deleted_at = COALESCE(deleted_at, {now}),"  # noqa: S608
        f" deleted_by = CASE WHEN deleted_at IS NULL THEN 'its owner was removed' ELSE deleted_by END WHERE {where}",
        list(ids),
    )
