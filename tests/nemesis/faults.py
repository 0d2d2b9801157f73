"""The table of what can go wrong: what it is called, the rows of the table of faults that it causes, and how."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sandbox.behaviour import Behaviour
from tests.nemesis.causes import disks, network, outside, postgres, processes, redis
from tests.nemesis.installation import POOLS, SCHEDULERS, Installation

Cause = Callable[[Installation, random.Random], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: the rows that it causes, whom it happens to, and how it is caused and healed."""

    kind: str
    rows: str
    cause: Cause

    @property
    def subject(self) -> str:
        return self.kind.partition(":")[0]


_HOUR_S, _DAYS_S = 3600.0, 3 * 86400.0

TABLE = (
    Fault("worker: killed", "F1", processes.worker_killed),
    Fault("worker: dies at a failpoint", "F2 F3", processes.dies_at_a_failpoint),
    Fault("worker: frozen", "F7", processes.worker_frozen),
    Fault("worker: no more files", "F29", processes.no_files),
    Fault("worker: does not know the tasks", "F46", processes.knows_no_new_tasks),
    Fault("pool: killed", "F1", processes.killed(*POOLS)),
    Fault("pool: told to leave", "F8 F9", processes.told_to_leave),
    Fault("everything: killed", "F4", processes.all_killed),
    Fault("job: kills its process", "F5", processes.poison),
    Fault("job: hangs", "F6", processes.hang),
    Fault("job: fails in every way", "F5", processes.bugs),
    Fault("jobs: too many", "F45", processes.overload),
    Fault("scheduler: killed", "F26", processes.killed(*SCHEDULERS)),
    Fault("scheduler: frozen", "F26", processes.frozen(*SCHEDULERS)),
    Fault("scheduler: none", "F27", processes.no_scheduler),
    Fault("web: killed", "F4", processes.killed("web")),
    Fault("web: frozen", "F4", processes.frozen("web")),
    Fault("redis: killed", "F10 F12", redis.down),
    Fault("redis: back empty", "F11", redis.back_empty),
    Fault("redis: emptied", "F11", redis.emptied),
    Fault("redis: no memory", "F13", redis.no_memory),
    Fault("redis: may evict", "F14", redis.may_evict),
    Fault("redis: stalled", "F15", redis.stalled),
    Fault("redis: a replica takes over", "F16", redis.failover),
    Fault("redis: tells again", "F23", redis.told_again),
    Fault("postgres: stopped", "F18 F19", postgres.restarted(immediate=False)),
    Fault("postgres: crashed", "F18 F19", postgres.restarted(immediate=True)),
    Fault("postgres: sessions ended", "F18", postgres.sessions_ended),
    Fault("postgres: read-only", "F20", postgres.read_only),
    Fault("postgres: jobs locked", "F21", postgres.locked),
    Fault("postgres: no connections", "F21", postgres.no_connections),
    Fault("postgres: jobs get a column", "F47", postgres.migrated),
    *(
        Fault(f"way to postgres: {how}", "F22", network.trouble(act, lambda target: target.to_postgres))
        for how, act in network.ACTS.items()
    ),
    *(
        Fault(f"way to redis: {how}", "F22", network.trouble(act, lambda target: target.to_redis))
        for how, act in network.ACTS.items()
    ),
    Fault("resolvers: bad answers", "F30", outside.resolvers),
    Fault("registries: bad answers", "F31 F32", outside.registries),
    Fault("endpoints: bad answers", "F33", outside.endpoints),
    Fault("registries and endpoints: silent, all are asked", "F34", outside.silent_fan_out),
    Fault("relay: throttles", "F35", outside.relay(Behaviour.THROTTLE)),
    Fault("relay: silent after the dot", "F36", outside.relay(Behaviour.SILENT)),
    Fault("relay: hangs up", "F37", outside.relay(Behaviour.HANG_UP)),
    Fault("relay: drops connections", "F37", outside.relay_drops),
    Fault("stripe: answers lost", "F42", outside.stripe),
    Fault("webhooks: doubled, in disorder", "F38 F39", outside.webhooks),
    Fault("webhooks: forged", "F40", outside.forged_webhooks),
    Fault("bucket: bad answers", "F43", outside.bucket),
)

_CLOCKS = (
    Fault("clock: an hour ahead", "F24", postgres.clock(_HOUR_S)),
    Fault("clock: an hour behind", "F24", postgres.clock(-_HOUR_S)),
    Fault("clock: three days ahead", "F24", postgres.clock(_DAYS_S)),
)


_DISKS = (
    Fault("disk: full, of Redis", "F17", disks.full(lambda target: target.redis_disk)),
    Fault("disk: full, of home and temporary files", "F28", disks.full(lambda target: target.home_disk)),
)


def known(*, can_fake_time: bool, can_mount: bool) -> dict[str, Fault]:
    """Return every kind that this machine can cause, by its name."""
    found = (*TABLE, *(_CLOCKS if can_fake_time else ()), *(_DISKS if can_mount else ()))
    return {fault.kind: fault for fault in found}
