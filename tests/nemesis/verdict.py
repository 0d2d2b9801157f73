"""What was promised beside what the ledgers show: a line for each kind of work, and what broke, in words. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.nemesis.ledgers import Outside

_SHOWN = 5


@dataclass(frozen=True)
class Known:
    """What the product says in the end."""

    jobs: Mapping[int, str]
    """Each job's state."""
    effects: Counter[str]
    mails: Mapping[str, tuple[str, str, str]]
    """By its key in the outbox: Message-ID, state, what the relay said."""
    invoices: Counter[int]
    """How many each client got."""
    attempts: Mapping[str, str]
    """Of payments: the state by the key."""
    webhooks: Counter[str]


@dataclass(frozen=True)
class WorkLine:
    """A kind of work: how much was accepted, and what became of it."""

    name: str
    accepted: int
    done: int
    failed: int
    unknown: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def broken(self) -> list[str]:
        """What broke of what was promised, in words."""
        told = (("lost", self.lost), ("doubled", self.doubled))
        return [f"{self.name} {how}: {len(which)}, such as {', '.join(which[:_SHOWN])}" for how, which in told if which]


def judge(
    *,
    effects: Mapping[str, int],
    payers: Iterable[int],
    charges: Iterable[str],
    mails: set[str],
    known: Known,
    seen: Outside,
) -> list[WorkLine]:
    """Compare what was accepted with what the product says and what the outside saw."""
    return [
        _effects(effects, known),
        _mails(mails, known, seen),
        _invoices(set(payers), known),
        _charges(set(charges), known, seen),
        _webhooks(known, seen),
    ]


def _effects(accepted: Mapping[str, int], known: Known) -> WorkLine:
    states = {name: known.jobs.get(job_id, "missing") for name, job_id in accepted.items()}
    ended_badly = {name for name, state in states.items() if state in ("dead", "failed", "cancelled")}
    return WorkLine(
        "jobs with one effect",
        accepted=len(accepted),
        done=sum(state == "done" for state in states.values()),
        failed=len(ended_badly),
        unknown=sum(state == "unknown" for state in states.values()),
        lost=tuple(
            f"{name} ({states[name]})" for name in accepted if not known.effects[name] and name not in ended_badly
        ),
        doubled=tuple(name for name, times in known.effects.items() if times > 1),
    )


def _mails(accepted: set[str], known: Known, seen: Outside) -> WorkLine:
    """No mail may come twice; what says sent has come; what says failed has not; none is forgotten."""
    lost = [f"{key} (no row)" for key in accepted - known.mails.keys()]
    doubled = [one for one, times in seen.mails.items() if times > 1]
    doubled += [f"{one} (unheard of)" for one in seen.mails.keys() - {row[0] for row in known.mails.values()}]
    doubled += [f"{one} (the invoice's file)" for one, times in seen.papers.items() if times > 1]
    for key, (message_id, state, reply) in known.mails.items():
        came = seen.mails[message_id]
        if state in ("queued", "sending") or (state == "sent" and not came):
            lost.append(f"{key} ({state}: {reply})")
        elif state in ("failed", "cancelled") and came:
            doubled.append(f"{key} ({state}, and came: {reply})")
    states = Counter(state for _, state, _ in known.mails.values())
    return WorkLine(
        "mails", len(known.mails), states["sent"], states["failed"], states["unknown"], tuple(lost), tuple(doubled)
    )


def _invoices(payers: set[int], known: Known) -> WorkLine:
    return WorkLine(
        "invoices",
        accepted=len(payers),
        done=sum(bool(known.invoices[one]) for one in payers),
        failed=0,
        unknown=0,
        lost=tuple(f"client {one}" for one in payers if not known.invoices[one]),
        doubled=tuple(f"client {one}" for one, number in known.invoices.items() if number > 1 and one in payers),
    )


def _charges(accepted: set[str], known: Known, seen: Outside) -> WorkLine:
    states = {key: known.attempts.get(key, "missing") for key in accepted}
    lost = [f"{key} ({state})" for key, state in states.items() if state not in ("succeeded", "failed", "declined")]
    lost += [
        f"{key} (not in Stripe's book)"
        for key, state in states.items()
        if state == "succeeded" and not seen.charges[key]
    ]
    doubled = [key for key, times in seen.charges.items() if times > 1]
    doubled += [
        f"{key} ({known.attempts.get(key)}, and was charged)"
        for key in seen.charges
        if known.attempts.get(key) == "failed"
    ]
    counts = Counter(states.values())
    failed = counts["failed"] + counts["declined"]
    return WorkLine("charges", len(accepted), counts["succeeded"], failed, 0, tuple(lost), tuple(doubled))


def _webhooks(known: Known, seen: Outside) -> WorkLine:
    forged = [event for event in known.webhooks if event == "evt_forged"]
    return WorkLine(
        "webhooks",
        accepted=len(seen.webhooks),
        done=sum(bool(known.webhooks[one]) for one in seen.webhooks),
        failed=0,
        unknown=0,
        lost=tuple(one for one in seen.webhooks if not known.webhooks[one]),
        doubled=tuple([one for one, times in known.webhooks.items() if times > 1] + forged),
    )
