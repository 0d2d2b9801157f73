"""Scans of endpoints: what each brought, as history; what is known since then; which are due, and which are queued."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from db import connection
from db.fields import stored as written
from db.portfolio import certificates, events, models
from db.portfolio.endpoints import Endpoint
from rules.certificates import finding_json
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding, FindingTexts
from rules.certificates.scan_outcome import ScanOutcome
from rules.translatable import dump_if_kept

_FAILURE_MAX = 500
_QUEUED_FOR = timedelta(minutes=30)
"""For how long a queued scan counts: its job may have died."""


def save(endpoint: Endpoint, outcome: ScanOutcome, *, texts: FindingTexts, because: str, slow: bool = False) -> None:
    """Store what follows from a scan, in the caller's transaction: history, newest state and certificates.

    Its changes are events, which ``add_events`` writes for many scans at once. ``texts`` are the finding in sentences,
    ``because`` says why the next scan is made when it is.
    """
    _add_scan(endpoint.id, outcome.finding, texts.message, outcome.at)
    certificates.keep(endpoint.id, outcome.served, outcome.finding)
    _update_state(
        endpoint.id,
        {
            "known": finding_json.dump_history(outcome.history, texts),
            "ok": outcome.finding.ok,
            "grade": outcome.finding.grade,
            "not_after": outcome.finding.not_after,
            "checked_at": outcome.at,
            "slow": slow,
            "failed_at": None,
            "failure": None,
            "failures": 0,
            **({"ask_kinds_at": outcome.ask_kinds_at} if outcome.ask_kinds_at else {}),
            **_next_scan(outcome.next_scan.at, because),
        },
    )


def add_events(outcomes: Iterable[tuple[Endpoint, ScanOutcome]]) -> None:
    """Write what changed with each of these scans, in the caller's transaction."""
    events.add_all(
        (endpoint.subject, change.kind, change.before, change.after)
        for endpoint, outcome in outcomes
        for change in outcome.changes
    )


def failed(endpoint: Endpoint, why: str, *, at: datetime, next_at: datetime, because: str) -> None:
    """Remember, in the caller's transaction, that we could not scan ourselves; what is known stays."""
    failure = {"failed_at": at, "failure": why.replace("\0", "")[:_FAILURE_MAX], "failures": endpoint.failures + 1}
    _update_state(endpoint.id, {**failure, **_next_scan(next_at, because)})


def keep_dns_policy(endpoint_id: int, policy: DnsPolicy, *, at: datetime) -> None:
    """Keep, in the caller's transaction, what the DNS said of an endpoint's certificates."""
    kept = {"caa": _listed(policy.caa), "tlsa": _listed(policy.tlsa), "tlsa_secure": policy.tlsa_secure}
    _update_state(endpoint_id, {"beside": kept, "beside_at": at})


def due_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next endpoints, ascending, whose scan is due and not queued, or that nobody has scanned."""
    query = models.Endpoint.select(models.Endpoint.id).where(models.Endpoint.id > last, _is_due(now))
    return [row.id for row in query.order_by(models.Endpoint.id).limit(limit)]


def count_due(*, now: datetime) -> int:
    """Return how many endpoints ``due_after`` would return in all."""
    return models.Endpoint.select().where(_is_due(now)).count()


def _is_due(now: datetime):
    state = models.EndpointState.select(models.EndpointState.endpoint).where(
        models.EndpointState.endpoint == models.Endpoint.id,
        (models.EndpointState.next_scan_at > now) | (models.EndpointState.queued_until > now),
    )
    return ~fn.EXISTS(state)


def idle_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next endpoints, ascending, that have no scan queued."""
    queued = models.EndpointState.select(models.EndpointState.endpoint).where(
        models.EndpointState.endpoint == models.Endpoint.id, models.EndpointState.queued_until > now
    )
    query = (
        models.Endpoint.select(models.Endpoint.id)
        .where(models.Endpoint.id > last, ~fn.EXISTS(queued))
        .order_by(models.Endpoint.id)
        .limit(limit)
    )
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


def _add_scan(endpoint_id: int, finding: Finding, message: str, at: datetime) -> None:
    connection.changed(
        "INSERT INTO endpoint_scan (endpoint_id, at, ok, faults, not_after, fingerprint, message, grade)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        endpoint_id,
        written(at),
        finding.ok,
        json.dumps(finding.kinds),
        written(finding.not_after) if finding.not_after else None,
        finding.leaf.fingerprint if finding.leaf else None,
        message,
        finding.grade,
    )


def _next_scan(at: datetime, because: str) -> dict[str, Any]:
    kept = dump_if_kept(because, str)
    return {
        "next_scan_at": at,
        "next_scan_because": because,
        "next_scan_said": json.dumps(kept) if kept else None,
        "queued_until": None,
    }


def _update_state(endpoint_id: int, values: Mapping[str, object]) -> None:
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
