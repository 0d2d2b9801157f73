"""Runs the benchmarks: ``python -m tests.benches [PART] [options]``; without a part, all but the lanes in turn.

    reading   the WHOIS reader beside python-whois, over real answers: reading.py
    jobs      beside Celery, PgQueuer, Procrastinate and DBOS, in one run: beside.py
    sqlite    jobs on SQLite beside Huey, both with fsync: sqlite_jobs.py
    pages     every page and list over a large ledger: pages.py
    scans     TLS scans beside openssl s_time and sslyze, delayed and among tarpits: scans.py
    storms    10,000 endpoints that fail at once, stored and told: storms.py
    billing   10,000 subscriptions due at once: invoices, PDFs, mails: billing.py
    mails     mails to a relay that takes its time, beside smtplib: mails.py
    documents documents into a folder and a bucket, beside boto3; a GiB with flat memory: documents.py
    lanes     a million domains through the lanes of their registries; writes docs/lanes.md: lanes.py
    scale     a job's cost by batch size, and what must not grow with what is there; writes docs/scale.md: scale.py

Options without a part are those of ``jobs``. Only ``jobs`` and ``sqlite`` need requirements-bench.lock.
"""

import sys
from collections.abc import Callable

from tests.benches import billing, documents, lanes, mails, pages, reading, scale, scans, sqlite_jobs, storms


def _jobs(options: list[str]) -> int:
    from tests.benches import beside  # needs what only the benchmarks' environment has

    beside.main(options)
    return 0


_PARTS: dict[str, Callable[[list[str]], int]] = {
    "reading": lambda _options: reading.main(),
    "jobs": _jobs,
    "sqlite": sqlite_jobs.main,
    "pages": pages.main,
    "scans": scans.main,
    "storms": storms.main,
    "billing": billing.main,
    "mails": mails.main,
    "documents": documents.main,
    "lanes": lanes.main,
    "scale": scale.main,
}


def main(arguments: list[str]) -> int:
    """Run the part that is named, or those that only measure; returns 1 where a limit was missed."""
    if not arguments:
        return max(run([]) for part, run in _PARTS.items() if part != "lanes")
    part, *options = ["jobs", *arguments] if arguments[0].startswith("-") else arguments
    if part not in _PARTS:
        sys.exit(f"{part!r} is no part: {', '.join(_PARTS)}")
    return _PARTS[part](options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
