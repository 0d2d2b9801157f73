"""Certificates that endpoints served: each once, with when it was first and last seen."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import stored as written
from db.fields import sure
from db.portfolio import models
from rules.access import Within
from rules.certificates.history import MOST_SERVED, ServedCertificate


def of(endpoint_id: int, *, limit: int = 50) -> list[ServedCertificate]:
    """Return the certificates of an endpoint, those seen last first."""
    return [_served(row) for row in _query([endpoint_id]).limit(limit)]


def served(endpoint_ids: Sequence[int]) -> dict[int, tuple[ServedCertificate, ...]]:
    """Return what each of the endpoints served, those seen last first; one that never served any is left out."""
    found: defaultdict[int, list[ServedCertificate]] = defaultdict(list)
    for row in _query(endpoint_ids):
        if len(found[row.endpoint_id]) < MOST_SERVED:
            found[row.endpoint_id].append(_served(row))
    return {endpoint_id: tuple(all_of_it) for endpoint_id, all_of_it in found.items()}


@dataclass(frozen=True, slots=True)
class FoundCertificate:
    """A certificate and an endpoint that served it."""

    endpoint_id: int
    host: str
    serial: str
    fingerprint: str
    not_after: datetime


def beginning(digits: str, *, within: Within = None, limit: int) -> list[FoundCertificate]:
    """Return the certificates whose serial number or SHA-256 fingerprint begins with hexadecimal digits."""
    theirs, params = ("", ()) if within is None else ("AND client_id {ids}", (sorted(within),))
    found = (
        FoundCertificate(endpoint_id, host, serial, fingerprint, sure(not_after))
        for column in ("fingerprint", "serial")
        for endpoint_id, host, serial, fingerprint, not_after in connection.execute(
            "SELECT endpoint.id, host, serial, fingerprint, not_after FROM endpoint_certificate"  # noqa: S608 - our own
            f" JOIN endpoint ON endpoint.id = endpoint_id WHERE {column} >= %s AND {column} < %s {theirs}"
            f" ORDER BY {column} LIMIT %s",
            digits,
            f"{digits}g",
            *params,
            limit,
        )
    )
    return list(dict.fromkeys(found))[:limit]


def keep(scanned: Iterable[tuple[int, Iterable[ServedCertificate]]]) -> None:
    """Keep, in the caller's transaction, what endpoints serve, each by its id; what they served before stays."""
    rows = [row for endpoint_id, served in scanned for row in _rows(endpoint_id, served)]
    if rows:
        connection.changed(_KEEP, json.dumps(rows))


_KEEP = """
    INSERT INTO endpoint_certificate (endpoint_id, fingerprint, issuer, serial, key, key_id, names, not_before,
                                      not_after, first_seen_at, last_seen_at)
    SELECT {of(endpoint_id, bigint)}, {of(fingerprint, text)}, {of(issuer, text)}, {of(serial, text)},
           {of(key, text)}, {of(key_id, text)}, {of(names, jsonb)}, {of(not_before, timestamptz)},
           {of(not_after, timestamptz)}, {of(first_seen_at, timestamptz)}, {of(last_seen_at, timestamptz)}
    FROM {objects} WHERE TRUE
    ON CONFLICT (endpoint_id, fingerprint) DO UPDATE SET last_seen_at = excluded.last_seen_at
    """


def _rows(endpoint_id: int, served: Iterable[ServedCertificate]) -> list[dict[str, object]]:
    rows = {
        one.fingerprint: {
            "endpoint_id": endpoint_id,
            "fingerprint": one.fingerprint,
            "issuer": one.issuer,
            "serial": one.serial,
            "key": one.key,
            "key_id": one.key_id,
            "names": json.dumps(one.names),
            "not_before": written(one.not_before),
            "not_after": written(one.not_after),
            "first_seen_at": written(one.first_seen_at),
            "last_seen_at": written(one.last_seen_at),
        }
        for one in served
    }
    return list(rows.values())  # a statement changes no row twice


def _query(endpoint_ids: Sequence[int]):
    return (
        models.EndpointCertificate.select()
        .where(models.EndpointCertificate.endpoint.in_(list(endpoint_ids)))
        .order_by(models.EndpointCertificate.last_seen_at.desc(), models.EndpointCertificate.not_before.desc())
    )


def _served(row: models.EndpointCertificate) -> ServedCertificate:
    return ServedCertificate(
        fingerprint=row.fingerprint,
        issuer=row.issuer,
        serial=row.serial,
        key=row.key,
        key_id=row.key_id,
        names=tuple(row.names),
        not_before=row.not_before,
        not_after=row.not_after,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )
