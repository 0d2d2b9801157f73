"""Health: whether this process lives, and whether it can be sent requests."""

import time
from functools import cache, lru_cache
from typing import Literal

import redis
from fastapi import Response
from pydantic import BaseModel, Field
from redis.backoff import NoBackoff
from redis.retry import Retry
from starlette.concurrency import run_in_threadpool

import settings
from api_stub.routes import router
from db import connection, migrate
from db.ledger import health as ledger_health
from tasks.transport.redis_queue import NAMESPACE

routes = router(tags=["health"])

Condition = Literal["ok", "away", "unwritable", "outdated", "insecure", "not known"]

_WRITES_EVERY_S = 5
_WORD = f"{NAMESPACE}:nolapse-ready"
_PATIENCE_S = 1.0
"""A Redis that takes longer to answer counts as away: a health check does not wait longer."""


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """``degraded`` still takes every request: without Redis work is accepted, and waits."""

    status: Literal["ready", "degraded", "not ready"]
    database: Condition = Field(
        description="`away`: it does not answer; `unwritable`: it is full, or can only be read", examples=["ok"]
    )
    migrations: Condition = Field(description="`outdated`: run `nolapse migrate`", examples=["ok"])
    secrets: Condition = Field(
        description="`insecure`: passwords, sessions and tokens would travel without TLS in production",
        examples=["ok"],
    )
    redis: Condition = Field(
        description="`away`, or `unwritable` because its memory or its disk is full: work is accepted, and waits",
        examples=["ok"],
    )


@routes.get("/health/live")
async def live() -> Live:
    """Tell that the process answers, and nothing else."""
    return Live()


@routes.get("/health/ready", responses={503: {"model": Ready, "description": "Not ready"}})
async def ready(response: Response) -> Ready:
    """Tell whether the database, its schema and the way of secrets are as they must be, and Redis takes a word.

    Whether the database takes writes is tried every few seconds at the most, however often somebody asks.
    """
    found = await run_in_threadpool(_check)
    if found.status == "not ready":
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return found


def _check() -> Ready:
    database, schema = _database()
    secure: Condition = "ok" if settings.current().web_is_safe else "insecure"
    queue = redis_condition()
    fit = database == schema == secure == "ok"
    status = ("ready" if queue == "ok" else "degraded") if fit else "not ready"
    return Ready(status=status, database=database, migrations=schema, secrets=secure, redis=queue)


def _database() -> tuple[Condition, Condition]:
    try:
        with connection.session():
            if migrate.pending():
                return "ok", "outdated"
            refused = _refuses_writes(settings.current().database_url, int(time.monotonic() / _WRITES_EVERY_S))
            return "unwritable" if refused else "ok", "ok"
    except connection.Unreachable:
        return "away", "not known"


@lru_cache(maxsize=1)
def _refuses_writes(_url: str, _period: int) -> bool:
    return ledger_health.refuses_writes() is not None


def redis_condition() -> Condition:
    """Return whether Redis answers and takes writes, by writing one key."""
    try:
        _client(settings.current().redis_url).set(_WORD, 1, ex=60)
    except redis.ResponseError:
        return "unwritable"
    except (redis.RedisError, OSError):
        return "away"
    return "ok"


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped keywords
        url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S, retry=Retry(NoBackoff(), 0)
    )
