"""Registrars, as registries name them: who holds domains of the portfolio, and how many."""

from dataclasses import dataclass
from typing import Final

from db import connection, paging
from db.paging import Count
from rules.access import Within

MOST: Final = 500
"""Names that are looked through; an agency's domains are at a few dozen."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """A registrar by name, and how many domains are at it."""

    name: str
    domains: Count


def containing(text: str, *, within: Within = None, limit: int) -> list[Registrar]:
    """Return the registrars with a text in their name, in any case of letters, by name."""
    wanted = text.lower()
    names = [one for one in _names(within) if wanted in one.lower()]
    return [Registrar(name, _domains(name, within)) for name in names[:limit]]


def _names(within: Within) -> list[str]:
    """Return the names, found by hopping over the index; of few clients, among their domains."""
    if within is not None:
        rows = connection.execute(
            "SELECT DISTINCT registrar FROM domain JOIN domain_state ON domain_id = domain.id"
            " WHERE client_id {ids} AND registrar IS NOT NULL ORDER BY registrar LIMIT %s",
            sorted(within),
            MOST,
        )
        return [row[0] for row in rows]
    rows = connection.execute(
        """
        WITH RECURSIVE known (name) AS (
            SELECT MIN(registrar) FROM domain_state
            UNION ALL
            SELECT (SELECT MIN(registrar) FROM domain_state WHERE registrar > known.name)
            FROM known WHERE known.name IS NOT NULL)
        SELECT name FROM known WHERE name IS NOT NULL LIMIT %s
        """,
        MOST,
    )
    return [row[0] for row in rows]


def _domains(name: str, within: Within) -> Count:
    if within is None:
        return paging.count("domain_state WHERE registrar = %s", name)
    return paging.count(
        "domain JOIN domain_state ON domain_id = domain.id WHERE client_id {ids} AND registrar = %s",
        sorted(within),
        name,
    )
