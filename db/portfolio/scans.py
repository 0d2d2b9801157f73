"""Scans of endpoints: what each brought, as history; what is known since then; which are due, and which are queued."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from db import connection
from db.fields import stored as written
from db.portfolio import certificates, events, models
from db.portfolio.endpoints import Endpoint
from rules.certificates import finding_json
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import FindingTexts
from rules.certificates.scan_outcome import ScanOutcome
from rules.translatable import dump_if_kept

_FAILURE_MAX = 500
_QUEUED_FOR = timedelta(minutes=30)
"""For how long a queued scan counts: its job may have died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScan:
    """A scan to be stored: what follows from it, the finding in sentences, and why the next one is made when it is."""

    endpoint: Endpoint
    outcome: ScanOutcome
    texts: FindingTexts
    because: str
    slow: bool = False


def save(scans: Sequence[NewScan]) -> None:
    """Store what follows from scans of different endpoints, in the caller's transaction.

    History, certificates, newest states and what changed, as events, are a statement each.
    """
    if not scans:
        return
    connection.changed(_ADD_SCANS, json.dumps([_scan_row(one) for one in scans]))
    certificates.keep((one.endpoint.id, one.outcome.served) for one in scans)
    connection.changed(_CHANGE_STATES, json.dumps([_state_row(one) for one in scans]))
    events.add_all(
        (one.endpoint.subject, change.kind, change.before, change.after)
        for one in scans
        for change in one.outcome.changes
    )


_ADD_SCANS = """
    INSERT INTO endpoint_scan (endpoint_id, at, ok, faults, not_after, fingerprint, message, grade)
    SELECT {of(endpoint_id, bigint)}, {of(at, timestamptz)}, {of(ok, boolean)}, {of(faults, jsonb)},
           {of(not_after, timestamptz)}, {of(fingerprint, text)}, {of(message, text)}, {of(grade, text)}
    FROM {objects} WHERE TRUE
    """
_CHANGE_STATES = """
    INSERT INTO endpoint_state (endpoint_id, known, ok, grade, not_after, checked_at, slow, failures, ask_kinds_at,
                                next_scan_at, next_scan_because, next_scan_said)
    SELECT {of(endpoint_id, bigint)}, {of(known, jsonb)}, {of(ok, boolean)}, {of(grade, text)},
           {of(not_after, timestamptz)}, {of(at, timestamptz)}, {of(slow, boolean)}, 0, {of(ask_kinds_at, timestamptz)},
           {of(next_scan_at, timestamptz)}, {of(next_scan_because, text)}, {of(next_scan_said, jsonb)}
    FROM {objects} WHERE TRUE
    ON CONFLICT (endpoint_id) DO UPDATE SET
        known = excluded.known, ok = excluded.ok, grade = excluded.grade, not_after = excluded.not_after,
        checked_at = excluded.checked_at, slow = excluded.slow, failures = 0, failed_at = NULL, failure = NULL,
        ask_kinds_at = COALESCE(excluded.ask_kinds_at, endpoint_state.ask_kinds_at),
        next_scan_at = excluded.next_scan_at, next_scan_because = excluded.next_scan_because,
        next_scan_said = excluded.next_scan_said, queued_until = NULL
    """


def _scan_row(one: NewScan) -> dict[str, object]:
    finding = one.outcome.finding
    return {
        "endpoint_id": one.endpoint.id,
        "at": written(one.outcome.at),
        "ok": finding.ok,
        "faults": json.dumps(finding.kinds),
        "not_after": _moment(finding.not_after),
        "fingerprint": finding.leaf.fingerprint if finding.leaf else None,
        "message": one.texts.message,
        "grade": finding.grade,
    }


def _state_row(one: NewScan) -> dict[str, object]:
    outcome = one.outcome
    kept = dump_if_kept(one.because, str)
    return {
        "endpoint_id": one.endpoint.id,
        "known": json.dumps(finding_json.dump_history(outcome.history, one.texts)),
        "ok": outcome.finding.ok,
        "grade": outcome.finding.grade,
        "not_after": _moment(outcome.finding.not_after),
        "at": written(outcome.at),
        "slow": one.slow,
        "ask_kinds_at": _moment(outcome.ask_kinds_at),
        "next_scan_at": written(outcome.next_scan.at),
        "next_scan_because": one.because,
        "next_scan_said": json.dumps(kept) if kept else None,
    }


def _moment(at: datetime | None) -> str | None:
    return written(at) if at else None


def failed(endpoint: Endpoint, why: str, *, at: datetime, next_at: datetime, because: str) -> None:
    """Remember, in the caller's transaction, that a scan failed on our side; what is known stays."""
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
