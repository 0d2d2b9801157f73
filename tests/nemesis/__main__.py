"""``make nemesis SEED=... MINUTES=5``: exits with 1 where a promise broke."""

import argparse
import logging
import secrets
import sys
import tempfile
from pathlib import Path

import structlog

from tests.nemesis import chaos, report
from tests.nemesis.faults import known
from tests.nemesis.installation import Installation
from tests.nemesis.load import Load
from tests.nemesis.plan import rounds


def main() -> int:
    """Run it, and print its table."""
    parser = argparse.ArgumentParser(prog="nemesis", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of the plan of faults; a random one if it is left out")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--only", default="", help="only kinds of faults that begin so")
    parser.add_argument("--keep", type=Path, help="a folder for logs that stays")
    given = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the bucket's, which logs each request
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    print(f"SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="nolapse-nemesis-") as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        with Installation(folder) as target:
            faults = {
                kind: fault
                for kind, fault in known(can_fake_time=bool(target.clock), can_mount=bool(target.home_disk)).items()
                if kind.startswith(given.only)
            }
            plan = rounds(seed, list(faults))
            outcome = chaos.run(target, Load(target, seed), plan, faults, for_s=given.minutes * 60)
            report.show(outcome, faults, seed=seed, minutes=given.minutes)
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
