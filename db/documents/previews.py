"""Previews of documents: a small picture of each, or why there is none; it goes when its document is deleted."""

from collections.abc import Iterable
from dataclasses import dataclass

from db import connection
from rules.documents import DocumentState


@dataclass(frozen=True, slots=True)
class ShownPreview:
    """A picture as WebP, with its size in pixels; ``image`` is None where there is none, for the reason ``why``."""

    document_id: int
    image: bytes | None
    width: int
    height: int
    why: str


def save(document_id: int, *, image: bytes | None = None, width: int = 0, height: int = 0, why: str = "") -> None:
    """Keep a preview, or why there is none, in the caller's transaction; one of before is replaced."""
    connection.changed(
        "INSERT INTO document_preview (document_id, image, width, height, why, made_at)"
        " VALUES (%s, %s, %s, %s, %s, {now}) ON CONFLICT (document_id) DO UPDATE SET image = excluded.image,"
        " width = excluded.width, height = excluded.height, why = excluded.why, made_at = excluded.made_at",
        document_id,
        image,
        width,
        height,
        why[:300],
    )


def require(document_id: int) -> ShownPreview:
    """Return a document's preview; the caller checks who may see it. Raises ``LookupError`` if there is none."""
    rows = connection.execute(
        "SELECT document_id, image, width, height, why FROM document_preview WHERE document_id = %s", document_id
    )
    if not rows:
        raise LookupError(f"document {document_id} has no preview")
    number, image, width, height, why = rows[0]
    return ShownPreview(number, None if image is None else bytes(image), width, height, why)


def sizes(ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return the width and height in pixels of those of the documents' previews that can be shown."""
    rows = connection.execute(
        "SELECT document_id, width, height FROM document_preview WHERE image IS NOT NULL AND document_id {ids}",
        list(ids),
    )
    return {number: (width, height) for number, width, height in rows}


def missing_after(after: int, limit: int, *, types: Iterable[str]) -> list[int]:
    """Return ids, in order, of clean documents of these media types for which no preview was tried yet."""
    where, values = _missing(types)
    rows = connection.execute(
        f"SELECT id FROM kept_document WHERE id > %s AND {where} ORDER BY id LIMIT %s",  # noqa: S608 - our own words
        after,
        *values,
        limit,
    )
    return [row[0] for row in rows]


def count_missing(*, types: Iterable[str]) -> int:
    """Return how many ``missing_after`` finds."""
    where, values = _missing(types)
    return connection.execute(f"SELECT COUNT(*) FROM kept_document WHERE {where}", *values)[0][0]  # noqa: S608 - ours


def _missing(types: Iterable[str]) -> tuple[str, list[str]]:
    wanted = list(types)
    places = ", ".join(["%s"] * len(wanted))
    return (
        f"state = %s AND deleted_at IS NULL AND content_type IN ({places})"  # noqa: S608 - our own words
        " AND NOT EXISTS (SELECT 1 FROM document_preview WHERE document_id = kept_document.id)"
    ), [str(DocumentState.CLEAN), *wanted]


def drop_deleted(*, limit: int) -> int:
    """Take away previews whose documents were deleted or are clean no more, and return how many."""
    with connection.transaction():
        return connection.changed(
            "DELETE FROM document_preview WHERE id IN (SELECT document_preview.id FROM document_preview"
            " LEFT JOIN kept_document ON kept_document.id = document_id WHERE kept_document.id IS NULL"
            " OR deleted_at IS NOT NULL OR state <> %s LIMIT %s)",
            str(DocumentState.CLEAN),
            limit,
        )
