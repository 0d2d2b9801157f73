"""Both readers on anything: arbitrary bytes, real answers that were damaged, and atheris where it is installed."""

import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import rdap
from rules.domains.records import Answer
from rules.whois import reader
from tests.fuzz import readers

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "rules" / "data"
SHARED = Path(os.environ.get("NOLAPSE_SHARED", ROOT.parent / "shared"))  # noqa: TID251  where the tests' data is
ODD = (
    "\x00", "\x1b[31m", "\u202e", "\xa0", "\ud800", "\n", "\n\n", "\t", ":", ": ", "...", "[", "]", "(", "%", ">>> ",
    "2027-02-03", "31/02/01", "0000-00-00", "24:00:00", "+9999", "Status: free", "No match", "quota exceeded",
    "Domain: other.example", "Registrar:", "Name Server: a.example", "DNSSEC: signed", "nic-hdl: A-1",
)  # fmt: skip
ROUNDS = 40
ATHERIS_S = 60


def texts() -> Iterator[tuple[str, str, str]]:
    """Yield real answers with their names and what they amount to: our own, and the corpus where it is there."""
    for file in sorted((DATA / "whois").glob("*.txt")):
        head, _, text = file.read_text(encoding="utf-8").partition("\n---\n")
        yield head.split("\n", 1)[0].removeprefix("domain: "), text, "registered"
    corpus = SHARED / "corpora" / "whois" / "cases.jsonl"
    for line in corpus.read_text(encoding="utf-8").splitlines() if corpus.exists() else ():
        case = json.loads(line)
        yield case["domain"], case["text"], case["answer"]


def damaged(text: str, chance: random.Random) -> str:
    """Return a text with lines lost, doubled, moved and cut, and odd things between them."""
    rows = text.split("\n")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(rows))
        row = rows[at]
        cut = chance.randint(0, len(row))
        match chance.randrange(6):
            case 0:
                del rows[at : at + chance.randint(1, 5)]
            case 1:
                rows.insert(chance.randrange(len(rows) + 1), row)
            case 2:
                rows[at] = row[:cut]
            case 3:
                rows[at] = row[:cut] + chance.choice(ODD) + row[cut:]
            case 4:
                rows[at] = row * chance.randint(2, 50)
            case _:
                rows[at : at + 2] = [row.swapcase()]
        rows = rows or [""]
    return "\n".join(rows)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(raw):
    readers.whois(raw)
    readers.json_of_rdap(raw)


@pytest.mark.slow
def test_damaged_answers_have_an_answer():
    chance = random.Random(20260101)
    for name, text, _ in texts():
        for _ in range(ROUNDS):
            readers.check(reader.record(name, damaged(text, chance), "whois.example"))


def shortened(text: str, chance: random.Random) -> str:
    """Return a text that lost lines, or its end."""
    share = chance.choice((0.3, 0.5, 0.9, 1.0))
    rows = [row for row in text.split("\n") if not row.strip() or chance.random() < share]
    return "\n".join(rows[: chance.choice((len(rows), chance.randint(0, len(rows))))])


def test_a_refusal_that_lost_lines_is_never_read_as_registered():
    refusals = [(name, text) for name, text, answer in texts() if answer in {"throttled", "available"}]
    if not refusals:
        pytest.skip(f"no corpus below {SHARED}: name the folder above corpora/ in NOLAPSE_SHARED")
    chance = random.Random(20260102)
    for name, text in refusals:
        for _ in range(ROUNDS):
            left = shortened(text, chance)
            assert reader.read(name, left).answer is not Answer.REGISTERED, left


def test_a_record_that_lost_lines_is_never_read_as_free_or_refused():
    chance = random.Random(20260104)
    for name, text, _ in [each for each in texts() if each[2] == "registered"]:
        for _ in range(ROUNDS):
            left = shortened(text, chance)
            assert reader.read(name, left).answer not in {Answer.AVAILABLE, Answer.THROTTLED, Answer.UNAVAILABLE}, left


@pytest.mark.slow
def test_damaged_documents_have_an_answer():
    chance = random.Random(20260103)
    for line in (DATA / "rdap.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        for _ in range(ROUNDS * 10):
            document = broken(case.get("document"), chance)
            readers.check(rdap.read(case["name"], document, server="rdap.example", status=case["status"]))


def broken(value: object, chance: random.Random) -> object:
    """Return a document with members lost, put elsewhere, or of another type."""
    if chance.random() < 0.03:
        return chance.choice((None, True, 0, -1, 2**70, 1.5, "", "registrar", [], {}, [[]], *ODD))
    if isinstance(value, dict):
        kept = {key: broken(each, chance) for key, each in value.items() if chance.random() > 0.03}
        return (
            dict(zip(chance.sample(list(kept), len(kept)), kept.values(), strict=True))
            if chance.random() < 0.02
            else kept
        )
    if isinstance(value, list):
        return [broken(each, chance) for each in value for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 1, 1, 2)))]
    return value


@pytest.mark.slow
@pytest.mark.parametrize("target", readers.TARGETS)
def test_nothing_that_atheris_finds_breaks_a_reader(target, tmp_path):
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: see tests/fuzz/readers.py")
    command = [sys.executable, "-m", "tests.fuzz.readers", target, f"-max_total_time={ATHERIS_S}", "-timeout=5"]
    ran = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
