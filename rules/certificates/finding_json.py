"""Findings as JSON: what was found is stored so, and read again by later releases.

What is missing is as if it had not been seen, and a fault that this release does not know is left out: a release that
is rolled back must read what its successor wrote.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, Grade
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.observation import Protocol

Json = dict[str, Any]
E = TypeVar("E", bound=StrEnum)


def dump(finding: Finding) -> Json:
    """Return a finding as JSON holds it."""
    return {
        "host": finding.host,
        "port": finding.port,
        "protocol": finding.protocol.value,
        "grade": finding.grade.value,
        "faults": [_told(one) for one in finding.faults],
        "message": finding.message,
        "leaf": dump_link(finding.leaf) if finding.leaf else None,
        "sights": [_sight(one) for one in finding.sights],
        "left_out": list(finding.left_out),
        "caa": _list(finding.caa),
        "tlsa": _list(finding.tlsa),
        "renew_from": _iso(finding.renew_from),
        "renew_until": _iso(finding.renew_until),
    }


def load(given: Json) -> Finding:
    """Return the finding that ``dump`` made of it, in this release or another."""
    return Finding(
        host=given.get("host", ""),
        port=given.get("port", 0),
        protocol=_one_of(Protocol, given.get("protocol"), Protocol.TLS),
        grade=_one_of(Grade, given.get("grade"), Grade.UNSEEN),
        faults=_load_faults(given.get("faults")),
        message=given.get("message", ""),
        leaf=load_link(given["leaf"]) if given.get("leaf") else None,
        sights=tuple(_load_sight(one) for one in given.get("sights") or ()),
        left_out=_tuple(given.get("left_out")) or (),
        caa=_tuple(given.get("caa")),
        tlsa=_tuple(given.get("tlsa")),
        renew_from=_moment(given.get("renew_from")),
        renew_until=_moment(given.get("renew_until")),
    )


def dump_past(past: EndpointHistory) -> Json:
    """Return all that is known of an endpoint as JSON holds it."""
    return {
        "finding": dump(past.finding) if past.finding else None,
        "scanned_at": _iso(past.scanned_at),
        "leaf": dump_link(past.leaf) if past.leaf else None,
        "held": [_held(one) for one in past.held],
        "open": [fault.value for fault in past.open],
        "differing_since": _iso(past.differing_since),
        "failing_since": _iso(past.failing_since),
        "failures": past.failures,
    }


def load_past(given: Json) -> EndpointHistory:
    """Return what ``dump_past`` made of it, in this release or another."""
    return EndpointHistory(
        finding=load(given["finding"]) if given.get("finding") else None,
        scanned_at=_moment(given.get("scanned_at")),
        leaf=load_link(given["leaf"]) if given.get("leaf") else None,
        held=tuple(one for each in given.get("held") or () if (one := _load_held(each))),
        open=tuple(load_kinds(given.get("open") or ())),
        differing_since=_moment(given.get("differing_since")),
        failing_since=_moment(given.get("failing_since")),
        failures=given.get("failures", 0),
    )


def load_kinds(given: Iterable[str]) -> list[FaultKind]:
    """Return the kinds of faults that this release knows."""
    known = {fault.value for fault in FaultKind}
    return [FaultKind(one) for one in given if one in known]


def _told(one: Fault) -> Json:
    return {"fault": one.fault.value, "words": one.words, "severity": int(one.severity)}


def _load_faults(given: list[Json] | None) -> tuple[Fault, ...]:
    kinds = {fault.value for fault in FaultKind}
    severities = {int(severity) for severity in Severity}
    return tuple(
        Fault(FaultKind(one["fault"]), one.get("words", ""), Severity(one["severity"]))
        for one in given or ()
        if one.get("fault") in kinds and one.get("severity") in severities
    )


def _sight(one: AddressFinding) -> Json:
    return {
        "address": one.address,
        "faults": [_told(each) for each in one.faults],
        "chain": [dump_link(each) for each in one.chain],
        "tls_version": one.tls_version,
        "cipher": one.cipher,
        "alpn": one.alpn,
        "stapled": one.stapled,
        "hsts": one.hsts,
    }


def _load_sight(given: Json) -> AddressFinding:
    return AddressFinding(
        address=given.get("address", ""),
        faults=_load_faults(given.get("faults")),
        chain=tuple(load_link(one) for one in given.get("chain") or ()),
        tls_version=given.get("tls_version", ""),
        cipher=given.get("cipher", ""),
        alpn=given.get("alpn", ""),
        stapled=given.get("stapled", False),
        hsts=given.get("hsts"),
    )


def dump_link(one: ChainLink) -> Json:
    """Return a certificate of a chain as JSON holds it."""
    return {
        "role": one.role.value,
        "sent": one.sent,
        "subject": one.subject,
        "issuer": one.issuer,
        "serial": one.serial,
        "not_before": _iso(one.not_before),
        "not_after": _iso(one.not_after),
        "names": list(one.names),
        "key": one.key,
        "key_id": one.key_id,
        "signature": one.signature,
        "fingerprint": one.fingerprint,
    }


def load_link(given: Json) -> ChainLink:
    """Return the certificate that ``dump_link`` made of it, in this release or another."""
    return ChainLink(
        role=_one_of(ChainRole, given.get("role"), ChainRole.STRAY),
        sent=given.get("sent", True),
        subject=given.get("subject", ""),
        issuer=given.get("issuer", ""),
        serial=given.get("serial", ""),
        not_before=_moment(given.get("not_before")),
        not_after=_moment(given.get("not_after")),
        names=tuple(given.get("names") or ()),
        key=given.get("key", ""),
        key_id=given.get("key_id", ""),
        signature=given.get("signature", ""),
        fingerprint=given.get("fingerprint", ""),
    )


def _held(one: ServedCertificate) -> Json:
    return {
        "fingerprint": one.fingerprint,
        "issuer": one.issuer,
        "key_id": one.key_id,
        "not_before": _iso(one.not_before),
        "not_after": _iso(one.not_after),
        "first_seen_at": _iso(one.first_seen_at),
        "last_seen_at": _iso(one.last_seen_at),
        "names": list(one.names),
        "key": one.key,
    }


def _load_held(given: Json) -> ServedCertificate | None:
    not_before, not_after, first, last = (
        _moment(given.get(name)) for name in ("not_before", "not_after", "first_seen_at", "last_seen_at")
    )
    if not_before is None or not_after is None or first is None or last is None:
        return None
    return ServedCertificate(
        fingerprint=given.get("fingerprint", ""),
        issuer=given.get("issuer", ""),
        key_id=given.get("key_id", ""),
        not_before=not_before,
        not_after=not_after,
        first_seen_at=first,
        last_seen_at=last,
        names=tuple(given.get("names") or ()),
        key=given.get("key", ""),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _one_of(kinds: type[E], value: object, otherwise: E) -> E:
    return next((kind for kind in kinds if kind.value == value), otherwise)
