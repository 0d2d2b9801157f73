"""How the jobs of a run went, by what they are about: domains by suffix, scans by the issuer of the certificate."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db import connection
from db.fields import stored
from rules.jobs import NEED_A_PERSON, JobState

MOST: Final = 5000
"""How many jobs or scans are counted for a page: more would take longer than a page may."""
_GROUPS: Final = 15
_WORDS: Final[Mapping[str, str]] = {JobState.DONE: "ok", **dict.fromkeys(NEED_A_PERSON, "failed")}


@dataclass(frozen=True, slots=True)
class RunGroup:
    """The jobs of a run that are about one kind of thing: how many ended well, badly, wait for later, are to come."""

    name: str
    ok: int = 0
    failed: int = 0
    parked: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.ok + self.failed + self.parked + self.open


def by_suffix(run_id: int, counts: Mapping[str, int]) -> list[RunGroup]:
    """Return how the look-ups of a run went, by what the domains' names end with, the largest groups first.

    Of a run of more than ``MOST`` jobs a part is counted, with each state in its share of the whole. Jobs and domains
    are each found at their place in an index, so that no more of them are read than are counted.
    """
    total = sum(counts.values())
    most = {state: max(1, number * MOST // total) if total > MOST else number for state, number in counts.items()}
    parts = [(state, number) for state, number in most.items() if number and state != JobState.CANCELLED]
    if not parts:
        return []
    position = "strpos" if connection.dialect().name == "postgresql" else "instr"
    part = "SELECT state, args, waits_for FROM job WHERE run_id = %s AND state = %s ORDER BY id LIMIT %s"
    parted = " UNION ALL ".join(f"SELECT * FROM ({part}) AS part" for _ in parts)  # noqa: S608 - our own words
    suffix = f"SELECT substr(name, {position}(name, '.') + 1) FROM domain WHERE domain.id = {{member(args, domain_id)}}"  # noqa: S608
    rows = connection.execute(
        f"SELECT ({suffix}), state, waits_for IS NOT NULL, COUNT(*) FROM ({parted}) AS jobs GROUP BY 1, 2, 3",  # noqa: S608
        *(value for state, number in parts for value in (run_id, state, number)),
    )
    return _groups((name, _word(state, parked=bool(waits)), number) for name, state, waits, number in rows if name)


def by_issuer(run_id: int, begin: datetime, end: datetime | None) -> list[RunGroup]:
    """Return how scans between two moments went, up to ``MOST`` of them, by who issued the certificate that was served.

    Those that met no certificate have no name. What the run has still to scan is counted by the certificate seen last.
    """
    rows = connection.execute(
        """
        SELECT COALESCE(issuer, ''), ok, COUNT(*)
        FROM (SELECT endpoint_id, fingerprint, ok FROM endpoint_scan WHERE at >= %s AND (%s OR at <= %s)
              ORDER BY at LIMIT %s) AS scan
        LEFT JOIN endpoint_certificate AS served
            ON served.endpoint_id = scan.endpoint_id AND served.fingerprint = scan.fingerprint
        GROUP BY 1, 2
        """,
        stored(begin),
        end is None,
        stored(end or begin),
        MOST,
    )
    to_come = _to_scan(run_id) if end is None else []
    return _groups([*((issuer, "ok" if ok else "failed", number) for issuer, ok, number in rows), *to_come])


def _to_scan(run_id: int) -> list[tuple[str, str, int]]:
    """Return by issuer how many endpoints wait for their scan in a run: parked, or to come."""
    rows = connection.execute(
        "SELECT args, waits_for FROM job WHERE run_id = %s AND state IN ('queued', 'running') LIMIT %s", run_id, MOST
    )
    words = {
        endpoint_id: "parked" if waits_for else "open"
        for args, waits_for in rows
        for endpoint_id in json.loads(args).get("endpoint_ids", ())
    }
    ids = list(words)[:MOST]
    issuers = dict[int, str](
        connection.execute(
            """
            SELECT endpoint_id, issuer FROM endpoint_certificate AS served WHERE endpoint_id {ids} AND last_seen_at = (
                SELECT MAX(last_seen_at) FROM endpoint_certificate AS other
                WHERE other.endpoint_id = served.endpoint_id)
            """,
            ids,
        )
    )
    counted = Counter((issuers.get(one, ""), words[one]) for one in ids)
    return [(issuer, word, number) for (issuer, word), number in counted.items()]


def _word(state: str, *, parked: bool) -> str:
    return "parked" if parked and state == JobState.QUEUED else _WORDS.get(state, "open")


def _groups(counted: Iterable[tuple[str, str, int]]) -> list[RunGroup]:
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, word, number in counted:
        sums[name][word] += number
    found = [RunGroup(name, **words) for name, words in sums.items()]
    return sorted(found, key=lambda one: (-one.total, one.name))[:_GROUPS]
