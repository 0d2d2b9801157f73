"""The results of lookups for programs: the JSON that the command line prints and the API answers."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, cast

from rules import lookups
from rules.certificates import finding_json
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import Finding, FindingTexts
from rules.domains import knowledge_json
from rules.domains.knowledge import FIELDS, Known
from rules.domains.lifecycle import Lifecycle
from rules.domains.records import Answer
from wording.certificates import findings
from wording.certificates.remediation import REMEDIATION
from wording.domains import lifecycles

Document = dict[str, Any]
"""A JSON object: its moments are texts, in UTC."""


def domain(known: Known, life: Lifecycle) -> Document:
    """Return what registries say of a domain: each field, with who said it, or why nobody says it."""
    said = knowledge_json.dump(known)
    return _as_json(
        {
            "name": known.name,
            "answer": known.answer,
            "stage": life.stage,
            "words": lifecycles.sentences(life),
            **{field: getattr(known, field) for field in FIELDS},
            **{part: value for part, value in said.items() if part in ("said", "silent")},
        }
    )


def endpoint(finding: Finding) -> Document:
    """Return a finding as it is stored, with ``ok``, ``not_after``, and the remediation of each fault."""
    document = finding_json.dump(finding, findings.texts(finding))
    addresses = [{**one, "faults": list(map(_fault, one["faults"]))} for one in document["sights"]]
    faults = [{**_fault(one), **asdict(REMEDIATION[FaultKind(one["fault"])])} for one in document["faults"]]
    return _as_json(
        {**document, "faults": faults, "sights": addresses, "ok": finding.ok, "not_after": finding.not_after}
    )


def life_again(document: Mapping[str, Any], *, at: datetime) -> str:
    """Return the sentences about a domain's lifecycle in the reader's language, from its document.

    ``at`` is when it was looked up.
    """
    known = Known(
        name=document["name"],
        answer=Answer(document["answer"]) if document["answer"] else None,
        statuses=tuple(document["statuses"]),
        updated=_moment(document["updated"]),
        expires=_moment(document["expires"]),
    )
    return lifecycles.sentences(lookups.life_of(known, now=at))


def finding_again(document: Mapping[str, Any]) -> FindingTexts:
    """Return the sentences of an endpoint's document in the reader's language."""
    addresses = [{**one, "faults": list(map(_stored_fault, one["faults"]))} for one in document["sights"]]
    faults = list(map(_stored_fault, document["faults"]))
    return findings.texts(finding_json.load({**document, "faults": faults, "sights": addresses}))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _stored_fault(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "severity": Severity[one["severity"].upper()]}


def _fault(stored_fault: dict[str, Any]) -> dict[str, Any]:
    return {**stored_fault, "severity": Severity(stored_fault["severity"]).name.lower()}


def _as_json(document: dict[str, object]) -> Document:
    return cast("Document", json.loads(json.dumps(document, default=_text)))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
