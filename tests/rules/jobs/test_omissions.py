"""What is missed: each thing beyond its rhythm, and nothing else."""

import pytest

from rules.jobs import omissions
from rules.jobs.omissions import MissedKind, Pulse
from wording.jobs import omissions as words

WELL = {"leads": True, "working": 2}


def kinds(**changes: object) -> list[MissedKind]:
    return [one.kind for one in omissions.missed(Pulse(**{**WELL, **changes}))]


def test_nothing_is_missed_where_all_is_well() -> None:
    assert kinds(oldest_due_s={"scan": 890.0}, dead_in_an_hour=9, shut_s={"whois.example": 3500.0}) == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"leads": False}, MissedKind.SCHEDULER),
        ({"late_schedules": ["domains"]}, MissedKind.SCHEDULES),
        ({"working": 0, "oldest_due_s": {"mail": 200.0}}, MissedKind.WORKERS),
        ({"oldest_due_s": {"mail": 901.0}}, MissedKind.JOBS),
        ({"dead_in_an_hour": 10}, MissedKind.DEAD),
        ({"shut_s": {"whois.example": 3601.0}}, MissedKind.LANES),
        ({"outbox_stands": True}, MissedKind.OUTBOX),
        ({"clients_unscanned": [3]}, MissedKind.SCANS),
    ],
)
def test_each_is_missed_beyond_its_rhythm(changes: dict[str, object], kind: MissedKind) -> None:
    assert kinds(**changes) == [kind]


def test_idle_machines_without_workers_miss_nothing() -> None:
    assert kinds(working=0) == []


def test_each_has_a_line_and_advice() -> None:
    whole = Pulse(
        leads=False,
        late_schedules=[f"s{number}" for number in range(5)],
        working=0,
        oldest_due_s={"mail": 9999.0},
        dead_in_an_hour=99,
        shut_s={"whois.example": 9999.0},
        outbox_stands=True,
        clients_unscanned=[3],
    )
    for one in omissions.missed(whole):
        assert "{" not in words.line(one)
        assert words.advice(one).endswith(".")
    assert omissions.silences(omissions.missed(whole))
