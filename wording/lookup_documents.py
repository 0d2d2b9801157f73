"""What a lookup brought, for programs: the JSON that the command line prints and the API answers."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, cast

from rules.certificates import finding_json
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import Finding
from rules.domains import knowledge_json
from rules.domains.knowledge import FIELDS, Known
from rules.domains.lifecycle import Lifecycle
from wording import findings, lifecycles
from wording.remediation import REMEDIATION

Document = dict[str, Any]
"""A JSON object: its moments are texts, in UTC."""


def domain(known: Known, life: Lifecycle) -> Document:
    """Return what registries say of a domain: each field, with who said it or why nobody does."""
    said = knowledge_json.dump(known)
    return _plain(
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
    """Return a finding: as it is stored, with what is asked for most, and how each fault is mended."""
    document = finding_json.dump(finding, findings.texts(finding))
    addresses = [{**one, "faults": list(map(_fault, one["faults"]))} for one in document["sights"]]
    faults = [{**_fault(one), **asdict(REMEDIATION[FaultKind(one["fault"])])} for one in document["faults"]]
    return _plain({**document, "faults": faults, "sights": addresses, "ok": finding.ok, "not_after": finding.not_after})


def _fault(stored_fault: dict[str, Any]) -> dict[str, Any]:
    return {**stored_fault, "severity": Severity(stored_fault["severity"]).name.lower()}


def _plain(document: dict[str, object]) -> Document:
    return cast("Document", json.loads(json.dumps(document, default=_text)))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
