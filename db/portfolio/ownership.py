"""The verification of domains: the token that each has, how far it has come, and whose next look is due.

A verification belongs to the client for whom it was begun. A domain that has become another client's has none: the
token that is still in its zone was placed by the one before.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from db import connection
from db.fields import stored
from db.portfolio import models
from rules.domains.ownership import Ownership, OwnershipMethod, OwnershipState, Sighting, SightingKind

_DETAIL_MAX = 200


def get(domain_id: int) -> Ownership | None:
    """Return the verification of a domain for the client whose it is now; None where nobody has begun it."""
    row = (
        models.DomainOwnership.select()
        .join(models.Domain)
        .where(models.Domain.id == domain_id, models.Domain.client == models.DomainOwnership.client)
        .first()
    )
    return _ownership(row) if row else None


def begin(domain_id: int, *, client_id: int, token: str, at: datetime) -> Ownership:
    """Give a domain a token, or another one, in the caller's transaction: it has to be seen anew."""
    begun = Ownership(token=token, begun_at=at, next_check_at=at)
    values = {"client": client_id, "token": token, "begun_at": at, **_values(begun)}
    models.DomainOwnership.insert(domain=domain_id, **values).on_conflict(
        conflict_target=[models.DomainOwnership.domain], update=values
    ).execute()
    return begun


def save(domain_id: int, ownership: Ownership) -> None:
    """Store what follows from a look, in the caller's transaction."""
    models.DomainOwnership.update(**_values(ownership)).where(models.DomainOwnership.domain == domain_id).execute()


def due_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next domains, ascending, whose verification is to be looked at."""
    rows = connection.execute(
        f"SELECT domain_id {_DUE} AND domain_id > %s ORDER BY domain_id LIMIT %s", stored(now), last, limit
    )
    return [domain_id for (domain_id,) in rows]


def count_due(*, now: datetime) -> int:
    """Return how many domains ``due_after`` would return in all."""
    return connection.execute(f"SELECT COUNT(*) {_DUE}", stored(now))[0][0]


_DUE = (
    "FROM domain_ownership JOIN domain ON domain.id = domain_id AND domain.client_id = domain_ownership.client_id"
    " WHERE next_check_at <= %s"
)


def verified(names: Sequence[str]) -> set[tuple[str, int]]:
    """Return the name and the client's id of each of these domains that is verified."""
    if not names:
        return set()
    rows = (
        models.Domain.select(models.Domain.name, models.Domain.client)
        .join(models.DomainOwnership)
        .where(
            models.Domain.name.in_(list(names)),
            models.Domain.client == models.DomainOwnership.client,
            models.DomainOwnership.state == OwnershipState.VERIFIED,
        )
    )
    return {(row.name, row.client_id) for row in rows}


def _values(ownership: Ownership) -> dict[str, object]:
    return {
        "state": ownership.state,
        "method": ownership.method,
        "verified_at": ownership.verified_at,
        "seen_at": ownership.seen_at,
        "lost_at": ownership.lost_at,
        "misses": ownership.misses,
        "missed_at": ownership.missed_at,
        "checked_at": ownership.checked_at,
        "next_check_at": ownership.next_check_at,
        "sightings": json.dumps([[one.method, one.kind, one.detail[:_DETAIL_MAX]] for one in ownership.sightings]),
    }


def _ownership(row: models.DomainOwnership) -> Ownership:
    return Ownership(
        token=row.token,
        begun_at=row.begun_at,
        state=OwnershipState(row.state),
        method=OwnershipMethod(row.method) if row.method else None,
        verified_at=row.verified_at,
        seen_at=row.seen_at,
        lost_at=row.lost_at,
        misses=row.misses,
        missed_at=row.missed_at,
        checked_at=row.checked_at,
        next_check_at=row.next_check_at,
        sightings=tuple(
            Sighting(OwnershipMethod(method), SightingKind(kind), detail)
            for method, kind, detail in json.loads(row.sightings)
        ),
    )
