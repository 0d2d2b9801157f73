"""Runs the benchmarks: ``python -m tests.benches [jobs|pages] [options]``; without a name, one after the other.

    jobs    beside Celery and Procrastinate, in one run: beside.py
    pages   every page and list over a large ledger: pages.py

Options without a name are those of ``jobs``. Only ``jobs`` needs requirements-bench.lock.
"""

import sys

from tests.benches import pages


def main(arguments: list[str]) -> int:
    """Run the part that is named, or all; returns 1 where a limit was missed."""
    part, *options = arguments or [""]
    if part == "pages":
        return pages.main(options)
    if part.startswith("-"):
        part, options = "jobs", arguments
    if part not in ("", "jobs"):
        sys.exit(f"{part!r} is no part: jobs or pages")
    from tests.benches import beside  # needs what only the benchmarks' environment has

    beside.main(options)
    return 0 if part else pages.main([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
