"""What a registry says of a domain, in one shape for RDAP and WHOIS.

    RDAP document ──rdap.read──────────┐
                                       ├──> RegistryRecord ──knowledge.learn──> Known ──changes──> news
    WHOIS text ──whois.reader.record───┘

A registry that is silent about a field has said nothing: what was known stays known, and nothing changed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

RAW_LONGEST = 64 * 1024
"""Characters of a raw answer that are kept."""

EVIDENCE_LONGEST = 200
"""Characters of a line or a member that are kept as the evidence of a field."""

Source = Literal["rdap", "whois"]
Asked = Literal["registry", "registrar"]


class Answer(StrEnum):
    """What an answer amounts to."""

    REGISTERED = "registered"
    AVAILABLE = "available"
    RESERVED = "reserved"  # the registry gives it to nobody
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UNPARSABLE = "unparsable"


SETTLED = frozenset({Answer.REGISTERED, Answer.AVAILABLE, Answer.RESERVED})
"""The answers that say something of the domain; the others say something of the server."""

EPP_STATUSES = (
    "addPeriod", "autoRenewPeriod", "renewPeriod", "transferPeriod", "redemptionPeriod",
    "clientDeleteProhibited", "clientHold", "clientRenewProhibited",
    "clientTransferProhibited", "clientUpdateProhibited",
    "serverDeleteProhibited", "serverHold", "serverRenewProhibited",
    "serverTransferProhibited", "serverUpdateProhibited",
    "pendingCreate", "pendingDelete", "pendingRenew", "pendingRestore", "pendingTransfer", "pendingUpdate",
    "inactive", "ok",
)  # fmt: skip
"""The statuses of RFC 5731 and RFC 3915."""

STATUS_SPELLINGS = {name.lower(): name for name in EPP_STATUSES} | {
    "active": "ok",
    **{f"{name}graceperiod": f"{name}Period" for name in ("add", "renew", "transfer", "redemption")},
    "autorenewgraceperiod": "autoRenewPeriod",
    "redemption": "redemptionPeriod",
    "pendingdeleterestorable": "redemptionPeriod",
}
"""From a spelling without case and blanks; RDAP's "active" is EPP's "ok" (RFC 8056)."""

URL_AFTER_STATUS = re.compile(r"\s*[(<]?https?://.*", re.IGNORECASE | re.DOTALL)
HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedField:
    """What another reader finds in an answer that ours calls unparsable. Nothing is decided by its word alone.

    ``value`` is a name, a day in ISO 8601 or host names; ``line`` is the line of the answer that says it.
    """

    field: str
    value: str | tuple[str, ...]
    line: str
    source: str = "python-whois"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRecord:
    """One answer about one domain. Times are aware and UTC; None and empty mean that the answer did not say.

    A date without a zone is taken as UTC, one without a time as midnight; ``evidence`` shows what was written: for each
    field the line or the RDAP member that says it, without control characters and ``EVIDENCE_LONGEST`` at most.
    """

    name: str
    answer: Answer

    source: Source
    server: str
    asked: Asked = "registry"
    """Whose server it was: a registrar's word weighs less."""

    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    statuses: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    dnssec: bool | None = None
    """Whether the delegation is signed."""

    registrar: str | None = None
    registrar_id: str | None = None
    """By IANA's list of registrars."""
    abuse: str | None = None
    """Where the registrar takes complaints: a mail address, a telephone number or a page."""
    registrant: str | None = None
    """Organisation or person, where published."""

    raw: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    unconfirmed: tuple[UnconfirmedField, ...] = field(default=(), compare=False)
    """Only for an unparsable answer."""


def statuses(written: Iterable[str]) -> tuple[str, ...]:
    """Return statuses sorted, by their EPP names where there is one: "client hold", "clientHold https://..."."""
    return tuple(sorted({name for each in written if (name := _status(each))}))


def nameservers(written: Iterable[str]) -> tuple[str, ...]:
    """Return name servers sorted and in lower case, without the addresses that some registries write after them."""
    first_words = (each.split()[0].lower().rstrip(".") for each in written if each.strip())
    return tuple(sorted({name for name in first_words if HOST_NAME.fullmatch(name)}))


def evidence(written: str) -> str:
    """Return what is kept of a line or a member: a single line without control characters."""
    kept = " ".join(written[: 4 * EVIDENCE_LONGEST].split())
    return kept[:EVIDENCE_LONGEST] if kept.isprintable() else "".join(filter(str.isprintable, kept))[:EVIDENCE_LONGEST]


def utc(moment: datetime) -> datetime | None:
    """Return the moment in UTC; a moment without a zone is taken as UTC.

    None where the result would be outside the calendar.
    """
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _status(written: str) -> str:
    bare = URL_AFTER_STATUS.sub("", written).strip()
    return STATUS_SPELLINGS.get(re.sub(r"[\s_-]", "", bare).lower(), bare)
