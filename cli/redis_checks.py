"""Checks of Redis: whether it is fit, and whether the jobs that it announces are in the ledger."""

from collections.abc import Callable, Iterator

import redis

import settings
from cli.check_results import CheckResult, fail, line, ok, some, warn
from tasks.engine.task import Queue
from tasks.transport import redis_queue


def examine(unknown_ids: Callable[[list[int]], list[int]] | None) -> Iterator[CheckResult]:
    """Make the checks of Redis. ``unknown_ids`` asks the ledger; None leaves out the checks that need the ledger."""
    queue = redis_queue.RedisQueue(redis_queue.client(settings.current().redis_url))
    try:
        queue.require_fit()
        yield ok("redis", "it gives back what is put in, and evicts nothing")
        yield _windows(queue)
        if unknown_ids:
            yield _strangers(queue, unknown_ids)
    except redis_queue.RedisUnfit as error:
        yield fail("redis", str(error), "Mend it or REDIS_URL; see docs/operate.md, Redis.")
    except (redis.RedisError, OSError) as error:
        if redis_queue.refuses_for_now(error):
            yield fail(
                "redis",
                f"it takes nothing: {line(error)}",
                "Give it what it lacks, such as memory (maxmemory) or disk: until then work is accepted, and waits.",
            )
            return
        yield warn(
            "redis",
            f"it does not answer ({line(error)}): work is accepted, and waits",
            "Start it, or mend REDIS_URL; nothing is lost meanwhile.",
        )


def _windows(announced: redis_queue.RedisQueue) -> CheckResult:
    window = settings.current().window
    over = [str(queue) for queue in Queue if announced.depth(queue) > window]
    if over:
        return warn("windows", f"more announced than the window allows: {', '.join(over)}", "It drains by itself.")
    return ok("windows", f"each queue within its window of {window}")


def _strangers(announced: redis_queue.RedisQueue, unknown_ids: Callable[[list[int]], list[int]]) -> CheckResult:
    strangers = [one for queue in Queue for one in unknown_ids(announced.waiting(queue))]
    if strangers:
        return warn(
            "announcements",
            f"Redis announces {len(strangers)} jobs that the ledger does not have (such as {some(strangers)})",
            "Workers drop them. If another Nolapse uses this Redis, give it one of its own.",
        )
    return ok("announcements", "Redis announces only what the ledger has")
