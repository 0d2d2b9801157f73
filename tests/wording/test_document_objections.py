"""What senders are told about files that were not taken."""

import re
from pathlib import Path

import pytest

from rules.documents.inspection import inspect
from rules.documents.objections import ObjectionKind
from rules.documents.unpacking import InspectionLimits
from tests.support.bad_files import BAD
from wording import document_objections
from wording.document_objections import sentence

RULES = Path(__file__).parents[2] / "rules" / "documents"
SMALL = InspectionLimits(unpacked=8_000_000, members=300)


@pytest.mark.parametrize("title", BAD)
def test_each_bad_file_is_told_in_a_whole_sentence(title: str) -> None:
    bad = BAD[title]
    objection = inspect(bad.make(), name=bad.name, declared=bad.declared, limits=SMALL).objection
    assert objection is not None
    said = sentence(objection)
    assert said.endswith(".")
    assert "{" not in said
    assert len(said) < 500


def test_every_detail_that_the_rules_name_has_a_sentence() -> None:
    named = {
        (ObjectionKind[kind], detail)
        for path in RULES.glob("*.py")
        for kind, detail in re.findall(r'ObjectionKind\.([A-Z_]+), "([a-z_]*)"', path.read_text(encoding="utf-8"))
    }
    assert (ObjectionKind.ACTIVE, "macros") in named
    assert not {(kind, detail) for kind, detail in named if detail not in document_objections._SENTENCES[kind]}


def test_sizes_are_told_in_units_that_people_use() -> None:
    found = inspect(b"x" * 3_000_000, name="a.txt", declared="", limits=InspectionLimits(size=2_621_440)).objection
    assert found is not None
    assert sentence(found) == "The file has 2.861 MiB; at most 2.5 MiB are taken."
