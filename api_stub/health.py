"""Health: whether this process lives, and whether it can be sent requests."""

from functools import cache
from typing import Literal

import redis
from fastapi import Response
from pydantic import BaseModel, Field

import settings
from api_stub.routes import router
from db import migrate
from tasks import doorbell

routes = router(tags=["health"])

Word = Literal["ok", "away", "outdated", "insecure"]


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """``degraded`` still takes every request: without Redis work is accepted, and waits."""

    status: Literal["ready", "degraded", "not ready"]
    database: Word = Field(examples=["ok"])
    migrations: Word = Field(examples=["ok"])
    settings: Word = Field(examples=["ok"])
    redis: Word = Field(examples=["ok"])


@routes.get("/health/live")
async def live() -> Live:
    """Tell that the process answers, and nothing else."""
    return Live()


@routes.get("/health/ready", responses={503: {"model": Ready, "description": "Not ready"}})
def ready(response: Response) -> Ready:
    """Tell whether the database, its schema and the settings are as they must be, and whether Redis answers."""
    schema: Word = "outdated" if migrate.pending() else "ok"
    secure: Word = "ok" if settings.current().web_is_safe else "insecure"
    bell = _redis()
    fit = schema == secure == "ok"
    response.status_code = 200 if fit else 503
    status = ("ready" if bell == "ok" else "degraded") if fit else "not ready"
    return Ready(status=status, database="ok", migrations=schema, settings=secure, redis=bell)


def _redis() -> Word:
    try:
        _client(settings.current().redis_url).ping()  # pyright: ignore[reportUnknownMemberType] - untyped keywords
    except (redis.RedisError, OSError):
        return "away"
    return "ok"


_client = cache(doorbell.client)
