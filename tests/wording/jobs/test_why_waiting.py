"""Why a job is not running: one sentence for each thing that can hold it back."""

import pytest

from rules.jobs import JobState
from rules.jobs.waiting import Waiting
from wording.jobs.why_waiting import why
from wording.time_spans import duration, times


def queued(**known: object) -> Waiting:
    return Waiting(
        **{"state": JobState.QUEUED, "queue": "lookup", "due_in_s": -90.0, "workers": 1, "ahead": 0, **known}
    )


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (Waiting(state=JobState.RUNNING, running_s=61), "It is running for 1 minute."),
        (Waiting(state=JobState.RUNNING, running_s=61, claim_expired=True), "silent"),
        (Waiting(state=JobState.RUNNING, cancelled=True), "asked it to end"),
        (queued(cancelled=True), "asked to end"),
        (queued(due_in_s=7300.0), "not due yet: it may run in 2 hours"),
        (queued(due_in_s=30.0, failures=2), "failed twice and is tried again in 30 seconds"),
        (queued(due_in_s=30.0, waits_for="a slot at whois.test."), "waits for a slot at whois.test, and is due in 30"),
        (queued(same_work_id=17), "job 17 is doing the same work now"),
        (queued(suspect=True), "waits for a process that runs it alone."),
        (queued(suspect=True, crashes=2), "twice while it ran alone"),
        (queued(workers=0), "no worker process serves the queue lookup"),
        (queued(scheduler_runs=False), "no scheduler runs"),
        (queued(ahead=1), "for 1 minute: 1 job is ahead"),
        (queued(ahead=1200), "1,200 jobs are ahead"),
        (queued(announcements=7), "announced 7 times, but no worker took it"),
        (queued(), "next in its queue"),
        (Waiting(state=JobState.DONE), "It is done."),
        (Waiting(state=JobState.FAILED), "refused for good"),
        (Waiting(state=JobState.DEAD, attempts=5), "given up after 5 tries"),
        (Waiting(state=JobState.CANCELLED), "cancelled"),
        (Waiting(state=JobState.UNKNOWN), "Nobody knows whether"),
    ],
)
def test_each_cause_has_its_sentence(job: Waiting, said: str) -> None:
    assert said in why(job)
    assert why(job).endswith(".")


def test_the_sentence_never_repeats_what_a_stranger_wrote() -> None:
    for state in JobState:
        assert "<script>" not in why(queued(state=state, error="<script>"))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 second"), (59.9, "59 seconds"), (60, "1 minute"), (3600, "1 hour"), (86400 * 3, "3 days")],
)
def test_a_duration_is_told_in_its_largest_unit(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_times_are_words() -> None:
    assert [times(number) for number in (1, 2, 3)] == ["once", "twice", "3 times"]
