"""Scans of endpoints: what each brought, as history; what is known since then; which are due, and which are queued."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from db import connection
from db.fields import stored as written
from db.portfolio import certificates, events
from db.portfolio.endpoints import Endpoint
from db.portfolio.models import Endpoint as Row
from db.portfolio.models import EndpointState
from rules.certificates import changes, finding_json, next_scan, troubles
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory
from rules.changes import Change
from rules.next_check import NextCheck, jitter

_FAILURE_MAX = 500
_QUEUED_FOR = timedelta(minutes=30)
"""For how long a queued scan counts: its job may have died."""


def record(
    endpoint: Endpoint, finding: Finding, *, at: datetime, slow: bool = False
) -> tuple[EndpointHistory, tuple[Change[CertificateChangeKind], ...]]:
    """Store what a scan found, in the caller's transaction: history, newest state, certificates and events.

    Returns what is known since then, and what is news.
    """
    after = endpoint.past.after(finding, now=at)
    news = changes.changes(endpoint.past, after)
    for change in news:
        events.add(endpoint.subject, change.kind, change.before, change.after)
    _keep_scan(endpoint.id, finding, at)
    certificates.keep(endpoint.id, _seen_now(after, at), finding)
    due = next_scan.next_scan(after, jitter=jitter(endpoint.id), now=at)
    _remember(
        endpoint.id,
        {
            "known": finding_json.dump_past(replace(after, held=())),
            "ok": finding.ok,
            "grade": finding.grade,
            "not_after": finding.not_after,
            "checked_at": at,
            "slow": slow,
            "failed_at": None,
            "failure": None,
            "failures": 0,
            **_due(due),
        },
    )
    return after, news


def failed(endpoint: Endpoint, why: str, *, at: datetime) -> None:
    """Remember, in the caller's transaction, that we could not look ourselves; what is known stays."""
    failures = endpoint.failures + 1
    told = {"failed_at": at, "failure": why.replace("\0", "")[:_FAILURE_MAX], "failures": failures}
    _remember(endpoint.id, {**told, **_due(troubles.again(failures, now=at))})


def keep_beside(endpoint_id: int, beside: DnsPolicy, *, at: datetime) -> None:
    """Keep, in the caller's transaction, what the DNS said of an endpoint's certificates."""
    kept = {"caa": _listed(beside.caa), "tlsa": _listed(beside.tlsa), "tlsa_secure": beside.tlsa_secure}
    _remember(endpoint_id, {"beside": kept, "beside_at": at})


def due_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next endpoints, ascending, whose scan is due and not queued, or that nobody has scanned."""
    query = Row.select(Row.id).where(Row.id > last, _is_due(now)).order_by(Row.id).limit(limit)
    return [row.id for row in query]


def count_due(*, now: datetime) -> int:
    """Return how many endpoints ``due_after`` would return in all."""
    return Row.select().where(_is_due(now)).count()


def _is_due(now: datetime):
    state = EndpointState.select(EndpointState.endpoint).where(
        EndpointState.endpoint == Row.id, (EndpointState.next_scan_at > now) | (EndpointState.queued_until > now)
    )
    return ~fn.EXISTS(state)


def idle_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next endpoints, ascending, that have no scan queued."""
    queued = EndpointState.select(EndpointState.endpoint).where(
        EndpointState.endpoint == Row.id, EndpointState.queued_until > now
    )
    query = Row.select(Row.id).where(Row.id > last, ~fn.EXISTS(queued)).order_by(Row.id).limit(limit)
    return [row.id for row in query]


def queue(ids: Sequence[int], *, at: datetime) -> set[int]:
    """Note, in the caller's transaction, that scans of these endpoints are queued. Returns those that are slow."""
    connection.changed(
        "INSERT INTO endpoint_state (endpoint_id, queued_until) SELECT id, %s FROM endpoint WHERE id {ids}"
        " ON CONFLICT (endpoint_id) DO UPDATE SET queued_until = excluded.queued_until",
        written(at + _QUEUED_FOR),
        list(ids),
    )
    rows = connection.execute("SELECT endpoint_id FROM endpoint_state WHERE endpoint_id {ids} AND slow", list(ids))
    return {row[0] for row in rows}


def _seen_now(after: EndpointHistory, at: datetime):
    return [one for one in after.held if one.last_seen_at == at]


def _keep_scan(endpoint_id: int, finding: Finding, at: datetime) -> None:
    connection.changed(
        "INSERT INTO endpoint_scan (endpoint_id, at, ok, faults, not_after, fingerprint, message, grade)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        endpoint_id,
        written(at),
        finding.ok,
        json.dumps(finding.kinds),
        written(finding.not_after) if finding.not_after else None,
        finding.leaf.fingerprint if finding.leaf else None,
        finding.message,
        finding.grade,
    )


def _due(due: NextCheck) -> dict[str, Any]:
    return {"next_scan_at": due.at, "next_scan_because": due.reason, "queued_until": None}


def _remember(endpoint_id: int, values: Mapping[str, object]) -> None:
    """Change what is known of an endpoint. In plain SQL: thousands are written at a time."""
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    updates = ", ".join(f"{name} = excluded.{name}" for name in values)
    connection.changed(
        f"INSERT INTO endpoint_state (endpoint_id, {columns}) VALUES (%s, {marks})"  # noqa: S608 - our own columns
        f" ON CONFLICT (endpoint_id) DO UPDATE SET {updates}",
        endpoint_id,
        *(_value(one) for one in values.values()),
    )


def _value(one: object) -> object:
    if isinstance(one, datetime):
        return written(one)
    return json.dumps(one) if isinstance(one, dict) else one


def _listed(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)
