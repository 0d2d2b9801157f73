"""Findings as JSON: they are stored in this form, and read by other releases.

A missing member counts as not found, and a fault that this release does not know is left out: a release that is rolled
back must read what its successor wrote. Releases that know no parameters read ``words`` and ``message``, so both are
written. For a fault without parameters, or with a detail that this release does not know, the stored words are shown.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, FindingTexts, Grade
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import Protocol
from rules.x509.violations import Parameter, Parameters

Json = dict[str, Any]
E = TypeVar("E", bound=StrEnum)

_KINDS = frozenset(kind.value for kind in FaultKind)
_SEVERITIES = frozenset(int(severity) for severity in Severity)


def dump(finding: Finding, texts: FindingTexts) -> Json:
    """Return a finding as JSON holds it, with its sentences."""
    return {
        "host": finding.host,
        "port": finding.port,
        "protocol": finding.protocol.value,
        "grade": finding.grade.value,
        "faults": _dump_faults(finding.faults, texts.faults),
        "message": texts.message,
        "leaf": dump_link(finding.leaf) if finding.leaf else None,
        "sights": [_dump_address(*pair) for pair in zip(finding.addresses, texts.addresses, strict=True)],
        "left_out": list(finding.left_out),
        "caa": _list(finding.caa),
        "tlsa": _list(finding.tlsa),
        "renew_from": _iso(finding.renew_from),
        "renew_until": _iso(finding.renew_until),
        "kinds_asked": finding.kinds_asked,
    }


def load(given: Json, *, chains: bool = True) -> Finding:
    """Return the finding that ``dump`` wrote, in this release or another; without ``chains``, only with the leaves."""
    return Finding(
        host=given.get("host", ""),
        port=given.get("port", 0),
        protocol=_one_of(Protocol, given.get("protocol"), Protocol.TLS),
        grade=_one_of(Grade, given.get("grade"), Grade.UNSEEN),
        faults=_load_faults(given.get("faults")),
        leaf=load_link(given["leaf"]) if given.get("leaf") else None,
        addresses=tuple(_load_address(one, chains=chains) for one in given.get("sights") or ()),
        left_out=_tuple(given.get("left_out")) or (),
        caa=_tuple(given.get("caa")),
        tlsa=_tuple(given.get("tlsa")),
        renew_from=_moment(given.get("renew_from")),
        renew_until=_moment(given.get("renew_until")),
        kinds_asked=given.get("kinds_asked", False),
    )


def dump_history(history: EndpointHistory, texts: FindingTexts) -> Json:
    """Return all that is known of an endpoint as JSON holds it, with the sentences of its finding.

    The certificates that it served stand in a table of their own.
    """
    return {
        "finding": dump(history.finding, texts) if history.finding else None,
        "scanned_at": _iso(history.scanned_at),
        "leaf": dump_link(history.leaf) if history.leaf else None,
        "early_issuer": dump_link(history.early_issuer) if history.early_issuer else None,
        "open": [kind.value for kind in history.open],
        "differing_since": _iso(history.differing_since),
        "failing_since": _iso(history.failing_since),
        "failures": history.failures,
    }


def load_history(given: Json, *, chains: bool = True) -> EndpointHistory:
    """Return what ``dump_history`` wrote, in this release or another, without the certificates that were served.

    Without ``chains``, the chains of the addresses have only their leaves.
    """
    return EndpointHistory(
        finding=load(given["finding"], chains=chains) if given.get("finding") else None,
        scanned_at=_moment(given.get("scanned_at")),
        leaf=load_link(given["leaf"]) if given.get("leaf") else None,
        early_issuer=load_link(given["early_issuer"]) if given.get("early_issuer") else None,
        open=tuple(load_kinds(given.get("open") or ())),
        differing_since=_moment(given.get("differing_since")),
        failing_since=_moment(given.get("failing_since")),
        failures=given.get("failures", 0),
    )


def load_kinds(given: Iterable[str]) -> list[FaultKind]:
    """Return the kinds of faults that this release knows."""
    return [FaultKind(one) for one in given if one in _KINDS]


def _dump_faults(faults: tuple[Fault, ...], sentences: tuple[str, ...]) -> list[Json]:
    return [_dump_fault(*pair) for pair in zip(faults, sentences, strict=True)]


def _dump_fault(one: Fault, words: str) -> Json:
    return {
        "fault": one.kind.value,
        "detail": one.detail,
        "parameters": dict(one.parameters),
        "depth": one.depth,
        "severity": int(one.severity),
        "words": words,
    }


def _load_faults(given: list[Json] | None) -> tuple[Fault, ...]:
    return tuple(
        _load_fault(one) for one in given or () if one.get("fault") in _KINDS and one.get("severity") in _SEVERITIES
    )


def _load_fault(given: Json) -> Fault:
    return Fault(
        kind=FaultKind(given["fault"]),
        severity=Severity(given["severity"]),
        detail=given.get("detail", ""),
        parameters=_load_parameters(given.get("parameters") or {}),
        depth=given.get("depth"),
        stored_words=given.get("words", ""),
    )


def _load_parameters(given: Json) -> Parameters:
    return tuple((name, _parameter(value)) for name, value in given.items())


def _parameter(value: object) -> Parameter:
    if isinstance(value, list | tuple):
        return tuple(map(str, cast("list[object]", value)))
    return value if isinstance(value, int) else str(value)


def _dump_address(one: AddressFinding, sentences: tuple[str, ...]) -> Json:
    return {
        "address": one.address,
        "faults": _dump_faults(one.faults, sentences),
        "chain": [dump_link(each) for each in one.chain],
        "tls_version": one.tls_version,
        "cipher": one.cipher,
        "alpn": one.alpn,
        "stapled": one.stapled,
        "hsts": one.hsts,
        "early_issuer": dump_link(one.early_issuer) if one.early_issuer else None,
        "other_kind": one.other_kind,
        "seen": one.seen,
        "missed": one.missed,
        "longest_gap": one.longest_gap,
        "times_met": one.times_met,
        "shown_before": list(one.shown_before),
    }


def _load_address(given: Json, *, chains: bool) -> AddressFinding:
    chain: list[Json] = given.get("chain") or []
    return AddressFinding(
        address=given.get("address", ""),
        faults=_load_faults(given.get("faults")),
        chain=tuple(map(load_link, chain if chains else chain[:1])),
        tls_version=given.get("tls_version", ""),
        cipher=given.get("cipher", ""),
        alpn=given.get("alpn", ""),
        stapled=given.get("stapled", False),
        hsts=given.get("hsts"),
        early_issuer=load_link(given["early_issuer"]) if given.get("early_issuer") else None,
        other_kind=given.get("other_kind", False),
        seen=given.get("seen", True),
        missed=given.get("missed", 0),
        longest_gap=given.get("longest_gap", 0),
        times_met=given.get("times_met", 1),
        shown_before=_tuple(given.get("shown_before")) or (),
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
    """Return the certificate that ``dump_link`` wrote, in this release or another."""
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


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _one_of(kinds: type[E], value: object, otherwise: E) -> E:
    try:
        return kinds(value)
    except ValueError:
        return otherwise
