"""The course: rounds of the plan over a running installation under load, and how long each took to recover from."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

from db import connection
from db.billing import invoice_audit
from tests.nemesis import ledgers, verdict
from tests.nemesis.faults import Fault
from tests.nemesis.installation import Installation
from tests.nemesis.load import Load, canary
from tests.nemesis.plan import Round
from tests.nemesis.verdict import Known, WorkLine

RECOVERS_WITHIN_S = 60.0
_LOOK_S = 0.05
_DRAINS_WITHIN_S = 240.0


@dataclass
class Outcome:
    """What came of it: how often each fault was caused, how long recoveries took, and what broke."""

    times: Counter[str] = field(default_factory=Counter[str])
    recoveries: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    rounds: int = 0
    lines: list[WorkLine] = field(default_factory=list[WorkLine])
    broken: list[str] = field(default_factory=list[str])
    jobs: Counter[str] = field(default_factory=Counter[str])
    answers: Counter[int] = field(default_factory=Counter[int])
    bugs: Counter[str] = field(default_factory=Counter[str])
    """What processes logged with a traceback."""
    starts: int = 0
    stored: int = 0


def run(target: Installation, load: Load, plan: Iterator[Round], faults: dict[str, Fault], *, for_s: float) -> Outcome:
    """Cause round after round for so long; then heal, drain and judge."""
    outcome, until = Outcome(), time.monotonic() + for_s
    load.start()
    while time.monotonic() < until:
        one = next(plan)
        _cause(target, one, faults)
        recovered_s = canary(target, f"canary-{one.number}", within_s=RECOVERS_WITHIN_S)
        outcome.rounds += 1
        kinds = [each.kind for each in one.faults]
        outcome.times.update(kinds)
        if recovered_s is None:
            outcome.broken.append(
                f"nothing moved for {RECOVERS_WITHIN_S:g} s after round {one.number}: {', '.join(kinds)}"
            )
        for kind in kinds:
            outcome.recoveries.setdefault(kind, []).append(RECOVERS_WITHIN_S if recovered_s is None else recovered_s)
    load.stop()
    _drain(target, outcome)
    _judge(target, load, outcome)
    return outcome


def _cause(target: Installation, one: Round, faults: dict[str, Fault]) -> None:
    """Cause the faults of a round, each at its time and for as long as planned."""
    begun = time.monotonic()
    waiting = sorted(one.faults, key=lambda each: each.after_s)
    held: list[tuple[float, AbstractContextManager[None]]] = []
    while waiting or held:
        passed = time.monotonic() - begun
        for ended in [each for each in held if each[0] <= passed]:
            held.remove(ended)
            ended[1].__exit__(None, None, None)
        while waiting and waiting[0].after_s <= passed:
            planned = waiting.pop(0)
            cause = faults[planned.kind].cause(target, random.Random(planned.seed))
            with suppress(*connection.Unreachable):  # one that needs the database, which another has taken away
                cause.__enter__()
                held.append((planned.until_s, cause))
        target.keep_running()
        time.sleep(_LOOK_S)


def _drain(target: Installation, outcome: Outcome) -> None:
    """Have what waits for its next try done now, until nothing is left."""
    until = time.monotonic() + _DRAINS_WITHIN_S
    while time.monotonic() < until:
        target.keep_running()
        target.world.smtp.replies = {who: said for who, said in target.world.smtp.replies.items() if said[0] == "5"}
        _hurry()
        if not target.system._unfinished():
            break
        time.sleep(1)
    else:
        outcome.broken.append(f"not drained within {_DRAINS_WITHIN_S:g} s: {target.system._unfinished()[:9]}")
    target.world.stripe.webhooks.wait_until_idle(timeout_s=60)


def _hurry() -> None:
    """Let the time pass until every job is due, and every server forgiven."""
    with connection.session(), connection.transaction():
        connection.execute("DELETE FROM lane")
        connection.changed(
            "UPDATE job SET run_at = {now}, announce_at = {now} WHERE state = 'queued' AND run_at > {later(1)}"
        )


def _judge(target: Installation, load: Load, outcome: Outcome) -> None:
    given = load.receipts
    outcome.lines = verdict.judge(
        effects=given.effects,
        payers=given.payers,
        charges=given.charges,
        mails=given.mails,
        known=_known(target),
        seen=(seen := ledgers.read(target)),
    )
    outcome.stored, outcome.starts = seen.stored, target.starts
    outcome.jobs = Counter(target.system.states())
    outcome.answers = given.answers
    outcome.broken += [broken for line in outcome.lines for broken in line.broken]
    outcome.broken += [f"an answer that may not be: {one}" for one in given.odd_answers[:5]]
    outcome.broken += target.system.ask(invoice_audit.faults)
    for check in target.system.invariants():
        try:
            check()
        except AssertionError as error:
            outcome.broken.append(str(error).partition("\n")[0])
    outcome.bugs = _bugs(target)


def _known(target: Installation) -> Known:
    rows = target.system.rows
    return Known(
        jobs=dict(rows("SELECT id, state FROM job")),
        effects=target.system.effects(),
        mails={key: (message_id, state, reply or "") for key, message_id, state, reply in rows(_MAILS)},
        invoices=Counter(dict(rows("SELECT client_id, COUNT(*) FROM invoice GROUP BY client_id"))),
        attempts=dict(rows("SELECT key, state FROM payment_attempt")),
        webhooks=Counter(dict(rows("SELECT event, COUNT(*) FROM webhook GROUP BY event"))),
    )


_MAILS = "SELECT dedupe_key, message_id, state, reply FROM mail"


def _bugs(target: Installation) -> Counter[str]:
    """Count what was logged with a traceback, but for what tests' own jobs raise on purpose."""
    found = Counter[str]()
    for process in target.system.processes:
        for line in process.lines():
            if said := line.get("exception"):
                found[f"{line.get('event')}: {str(said).strip().splitlines()[-1][:160]}"] += 1
        found.update(raw for raw in process.raw_tracebacks())
    return Counter({what: times for what, times in found.items() if "a bug" not in what})
