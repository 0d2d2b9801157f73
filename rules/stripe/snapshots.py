"""Stripe's objects as they were at a moment: the members that we use, in types of ours.

The same reader takes an event's object and an answer of the API, since both are the same JSON
(https://docs.stripe.com/api). A missing or mistyped member is refused, so that nothing is booked by half.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

LONGEST_ID: Final = 255
_BIGGEST: Final = 10**15
"""The largest amount that is taken. A larger one is no payment, and sums of such would not fit into eight bytes."""

_LONGEST_TEXT: Final = 500

_Word = TypeVar("_Word", bound=StrEnum)


class NotStripes(ValueError):
    """Raised for JSON that is not what Stripe's API describes; the message names the member."""


class IntentStatus(StrEnum):
    """What becomes of a payment (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"  # the payer has to confirm to the bank (SCA)
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    """What becomes of a refund (https://docs.stripe.com/api/refunds/object#refund_object-status)."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class DisputeStatus(StrEnum):
    """What becomes of a dispute (https://docs.stripe.com/api/disputes/object#dispute_object-status)."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"  # an inquiry: nothing was taken back yet
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    PREVENTED = "prevented"
    WON = "won"
    LOST = "lost"


class SessionStatus(StrEnum):
    """What becomes of a session (https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-status)."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeIntent:
    """A payment intent. Amounts are counted as Stripe counts the currency (``rules.billing.provider_units``)."""

    id: str
    created: datetime
    status: IntentStatus
    amount: int
    received: int
    currency: str
    customer: str | None
    method: str | None
    metadata: Mapping[str, str]
    failure_code: str = ""
    """Why the last try failed: ``card_declined``, ``authentication_required``."""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeRefund:
    """Money on its way back to the payer."""

    id: str
    created: datetime
    intent: str
    status: RefundStatus
    amount: int
    currency: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeDispute:
    """A payer's bank that takes a payment back, or asks about it. ``due`` is when evidence must be there, UTC."""

    id: str
    created: datetime
    intent: str
    status: DisputeStatus
    amount: int
    currency: str
    reason: str
    due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSession:
    """A session of Checkout. ``url`` is its page, while it is open; ``expires`` is UTC."""

    id: str
    created: datetime
    status: SessionStatus
    intent: str | None
    url: str | None
    expires: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeCustomer:
    """A client, as Stripe knows them."""

    id: str
    metadata: Mapping[str, str]


Snapshot = StripeIntent | StripeRefund | StripeDispute | StripeSession
"""The objects that events are about, and that are folded."""


def read(raw: object) -> Snapshot | None:
    """Return the snapshot in some JSON; None for a kind of object that we do not use. Raises ``NotStripes``."""
    members = _Members.of(raw)
    match members.text("object"):
        case "payment_intent":
            return intent(raw)
        case "refund":
            return refund(raw)
        case "dispute":
            return dispute(raw)
        case "checkout.session":
            return session(raw)
        case _:
            return None


def intent(raw: object) -> StripeIntent:
    """Return a payment intent. Raises ``NotStripes``."""
    of = _Members.of(raw, "payment_intent")
    error = of.inner("last_payment_error")
    return StripeIntent(
        id=of.id(),
        created=of.sure("created"),
        status=of.word("status", IntentStatus),
        amount=of.amount("amount"),
        received=of.amount("amount_received"),
        currency=of.currency(),
        customer=of.reference("customer"),
        method=of.reference("payment_method"),
        metadata=of.metadata(),
        failure_code=error.text("code", "") if error else "",
        failure=error.text("message", "") if error else "",
    )


def refund(raw: object) -> StripeRefund:
    """Return a refund. Raises ``NotStripes``. Its ``intent`` is empty where it refunds a charge without one."""
    of = _Members.of(raw, "refund")
    return StripeRefund(
        id=of.id(),
        created=of.sure("created"),
        intent=of.reference("payment_intent") or "",
        status=of.word("status", RefundStatus),
        amount=of.amount("amount"),
        currency=of.currency(),
        metadata=of.metadata(),
    )


def dispute(raw: object) -> StripeDispute:
    """Return a dispute. Raises ``NotStripes``. Its ``intent`` is empty where it disputes a charge without one."""
    of = _Members.of(raw, "dispute")
    evidence = of.inner("evidence_details")
    return StripeDispute(
        id=of.id(),
        created=of.sure("created"),
        intent=of.reference("payment_intent") or "",
        status=of.word("status", DisputeStatus),
        amount=of.amount("amount"),
        currency=of.currency(),
        reason=of.text("reason", ""),
        due=evidence.moment("due_by") if evidence else None,
    )


def session(raw: object) -> StripeSession:
    """Return a session of Checkout. Raises ``NotStripes``."""
    of = _Members.of(raw, "checkout.session")
    return StripeSession(
        id=of.id(),
        created=of.sure("created"),
        status=of.word("status", SessionStatus),
        intent=of.reference("payment_intent"),
        url=of.text("url", "") or None,
        expires=of.sure("expires_at"),
        metadata=of.metadata(),
    )


def written(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as JSON that ``read`` takes: Stripe's names, and only the members that we use."""
    common = {"id": snapshot.id, "created": int(snapshot.created.timestamp()), "status": str(snapshot.status)}
    match snapshot:
        case StripeIntent():
            return common | _written_intent(snapshot)
        case StripeRefund():
            return common | _written_refund(snapshot)
        case StripeDispute():
            return common | _written_dispute(snapshot)
        case StripeSession():
            return common | _written_session(snapshot)


def _written_intent(found: StripeIntent) -> dict[str, Any]:
    return {
        "object": "payment_intent",
        "amount": found.amount,
        "amount_received": found.received,
        "currency": found.currency,
        "customer": found.customer,
        "payment_method": found.method,
        "metadata": dict(found.metadata),
        "last_payment_error": {"code": found.failure_code, "message": found.failure} if found.failure_code else None,
    }


def _written_refund(found: StripeRefund) -> dict[str, Any]:
    return {
        "object": "refund",
        "payment_intent": found.intent,
        "amount": found.amount,
        "currency": found.currency,
        "metadata": dict(found.metadata),
    }


def _written_dispute(found: StripeDispute) -> dict[str, Any]:
    return {
        "object": "dispute",
        "payment_intent": found.intent,
        "amount": found.amount,
        "currency": found.currency,
        "reason": found.reason,
        "evidence_details": {"due_by": int(found.due.timestamp()) if found.due else None},
    }


def _written_session(found: StripeSession) -> dict[str, Any]:
    return {
        "object": "checkout.session",
        "payment_intent": found.intent,
        "url": found.url,
        "expires_at": int(found.expires.timestamp()),
        "metadata": dict(found.metadata),
    }


def customer(raw: object) -> StripeCustomer:
    """Return a customer. Raises ``NotStripes``."""
    of = _Members.of(raw, "customer")
    return StripeCustomer(id=of.id(), metadata=of.metadata())


def _storable(text: str) -> str:
    """Return a text that every database can keep: without NUL and halves of surrogate pairs, and not too long."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class _Members:
    """The members of one object, each read as what it must be."""

    kind: str
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, raw: object, kind: str = "") -> "_Members":
        if not isinstance(raw, Mapping):
            raise NotStripes(f"{kind or 'it'} is no JSON object")
        members = cast("Mapping[str, Any]", raw)
        if kind and members.get("object") != kind:
            raise NotStripes(f"it is a {str(members.get('object'))[:40]!r}, not a {kind}")
        return cls(kind or str(members.get("object"))[:40], members)

    def id(self) -> str:
        found = self.text("id")
        if len(found) > LONGEST_ID:
            raise NotStripes(f"the id of this {self.kind} has more than {LONGEST_ID} characters")
        return found

    def text(self, name: str, default: str | None = None) -> str:
        found = self.raw.get(name)
        if found is None and default is not None:
            return default
        if not isinstance(found, str) or not (found or default is not None):
            raise NotStripes(f"{name} of this {self.kind} is no text")
        return _storable(found)

    def word(self, name: str, words: type[_Word]) -> _Word:
        found = self.text(name)
        try:
            return words(found)
        except ValueError:
            raise NotStripes(f"{name} of this {self.kind} is {found[:40]!r}, which is unknown here") from None

    def amount(self, name: str) -> int:
        found = self.raw.get(name)
        if type(found) is not int or not 0 <= found <= _BIGGEST:
            raise NotStripes(f"{name} of this {self.kind} is no amount")
        return found

    def currency(self) -> str:
        found = self.text("currency").upper()
        if len(found) != 3 or not found.isascii() or not found.isalpha():  # noqa: PLR2004 - ISO 4217
            raise NotStripes(f"currency of this {self.kind} is {found[:10]!r}")
        return found

    def reference(self, name: str) -> str | None:
        """Return the id of another object; the member may also hold that object as a whole."""
        found = self.raw.get(name)
        if found is None:
            return None
        return found[:LONGEST_ID] if isinstance(found, str) else _Members.of(found).id()

    def inner(self, name: str) -> "_Members | None":
        found = self.raw.get(name)
        return None if found is None else _Members.of(found)

    def moment(self, name: str) -> datetime | None:
        found = self.raw.get(name)
        if found is None:
            return None
        if type(found) is not int or not 0 <= found < 2**33:
            raise NotStripes(f"{name} of this {self.kind} is no moment")
        return datetime.fromtimestamp(found, UTC)

    def sure(self, name: str) -> datetime:
        found = self.moment(name)
        if found is None:
            raise NotStripes(f"this {self.kind} lacks {name}")
        return found

    def metadata(self) -> Mapping[str, str]:
        inner = self.inner("metadata")
        return {_storable(str(name)): _storable(str(value)) for name, value in inner.raw.items()} if inner else {}
