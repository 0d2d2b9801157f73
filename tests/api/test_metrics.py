"""``/metrics``: what alarms watch says whether somebody works and leads, and what nobody has decided."""

import re
from collections.abc import Callable

import pytest

import settings
from db import connection
from db.ledger import leases, schedules, workers
from rules.access import Role, Scope
from schedules.table import TIMETABLE
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite

Values = Callable[[str], dict[str, float]]


@pytest.fixture
def values(surface: Surface) -> Values:
    """Read one metric: its values by label, or its one value under the empty one."""

    viewer = surface.signed_in(Role.VIEWER)

    def read(name: str) -> dict[str, float]:
        text = viewer.get("/metrics").text
        found = re.findall(rf'^{name}(?:\{{\w+="([^"]*)"\}})? (\S+)$', text, re.MULTILINE)
        return {label: float(value) for label, value in found}

    return read


def test_workers_that_are_silent_are_not_counted_as_alive(values: Values) -> None:
    assert values("nolapse_workers") == {"": 0.0}
    for worker_id in ("one", "other"):
        workers.started(worker_id, host="here", pid=1, queues=["default"])
    with connection.transaction():
        connection.changed("UPDATE worker SET beat_at = {later(-60)} WHERE id = 'other'")
    assert (values("nolapse_workers"), values("nolapse_workers_silent")) == ({"": 1.0}, {"": 1.0})


def test_whether_a_scheduler_leads_is_told(values: Values) -> None:
    assert values("nolapse_scheduler_leads") == {"": 0.0}
    leases.take("scheduler", "here", for_s=60)
    assert values("nolapse_scheduler_leads") == {"": 1.0}


def test_moments_that_nobody_decides_are_told_by_their_age(values: Values) -> None:
    name = TIMETABLE[0].name
    schedules.enter(name)
    assert values("nolapse_schedule_undecided_seconds") == {}
    with connection.transaction():
        connection.changed("UPDATE schedule SET decided_until = {later(%s)} WHERE name = %s", -3 * 86400, name)
    (age_s,) = values("nolapse_schedule_undecided_seconds").values()
    assert 0 < age_s <= 3 * 86400
    schedules.decide(name, schedules.now(), "fired", None)
    assert 0 <= values("nolapse_schedule_fired_seconds")[name] < 3600


def test_this_machine_needs_no_token_but_in_production_where_a_proxy_may_stand_on_it(surface: Surface) -> None:
    here, elsewhere = (surface.client(address=one) for one in ("127.0.0.1", "192.0.2.1"))
    assert [one.get("/metrics").status_code for one in (here, elsewhere)] == [200, 401]
    with settings.override(environment="production"):
        assert [one.get("/metrics").status_code for one in (here, elsewhere)] == [401, 401]
        assert surface.with_token(Role.VIEWER, Scope.METRICS).get("/metrics").status_code == 200
