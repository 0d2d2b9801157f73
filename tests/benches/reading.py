"""How long one WHOIS answer takes to read, beside the parsers that others use: `python -m tests.benches.reading`.

Each answer of the corpus is read a few times by each parser, and its best time counts; the median over all answers is
printed, with how many times ours that is. Everybody gets 500 lines of 256 characters: on some answers in full
python-whois does not come to an end.
"""

import importlib
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rules.whois.reader import read

LINES, CHARACTERS = 500, 256
ROUNDS = 5
Reader = Callable[[str, str], object]


def main() -> int:
    file = Path(os.environ.get("NOLAPSE_SHARED", "../shared")) / "corpora" / "whois" / "cases.jsonl"  # noqa: TID251
    if not file.exists():
        print(f"left out: {file} is not there; NOLAPSE_SHARED names the folder above corpora/", file=sys.stderr)
        return 0
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [(case["domain"], shortened(case["text"])) for case in cases]
    warnings.simplefilter("ignore")  # dateutil warns of each zone that it does not know
    medians = {name: statistics.median(times(reader, asked)) for name, reader in readers().items()}
    print(f"{len(asked)} answers, the best of {ROUNDS} readings of each\n")
    print(f"{'parser':14} {'median µs':>10} {'times ours':>11}")
    for name, median in medians.items():
        print(f"{name:14} {median:10.0f} {median / medians['rules.whois']:11.1f}")
    return 0


def readers() -> dict[str, Reader]:
    found: dict[str, Reader] = {"rules.whois": read}
    for name, find in (("python-whois", python_whois), ("asyncwhois", asyncwhois)):
        try:
            found[name] = find()
        except ImportError:
            print(f"{name} is not installed", file=sys.stderr)
    return found


def python_whois() -> Reader:
    return importlib.import_module("whois.parser").WhoisEntry.load


def asyncwhois() -> Reader:
    parser = importlib.import_module("asyncwhois.parse_tld").DomainParser
    return lambda domain, text: parser().parse(text, domain.rpartition(".")[2])


def shortened(text: str) -> str:
    return "\n".join([line[:CHARACTERS].rstrip() for line in text.splitlines() if line.strip()][:LINES])


def times(reader: Reader, asked: list[tuple[str, str]]) -> list[float]:
    """Return the best time for each answer, in microseconds."""
    return [min(once(reader, domain, text) for _ in range(ROUNDS)) for domain, text in asked]


def once(reader: Reader, domain: str, text: str) -> float:
    began = time.perf_counter()
    with suppress(Exception):  # what a parser raises where it finds nothing is its own
        reader(domain, text)
    return (time.perf_counter() - began) * 1e6


if __name__ == "__main__":
    sys.exit(main())
