"""Files from outside: harmless ones are taken for what they are, bad ones refused with the right word, cheaply."""

import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from rules.documents.contents import Content
from rules.documents.inspection import InspectionVerdict, inspect, refusal
from rules.documents.media_types import MediaType
from rules.documents.objections import LONGEST, ObjectionKind
from rules.documents.unpacking import InspectionLimits
from tests.support import bad_files, files
from tests.support.bad_files import BAD, BOMBS, INFECTED
from tests.support.good_files import GOOD

LIMITS = InspectionLimits()
SMALL = replace(LIMITS, unpacked=8_000_000, members=300)
MIB = 1024 * 1024


def verdict(content: bytes, name: str, declared: str = "", *, limits: InspectionLimits = LIMITS) -> InspectionVerdict:
    return inspect(content, name=name, declared=declared, limits=limits)


def word(found: InspectionVerdict) -> str:
    return found.objection.kind if found.objection else "taken"


@pytest.mark.parametrize("title", GOOD)
def test_a_harmless_file_is_taken_for_what_it_is(title: str) -> None:
    name, declared, make, kind = GOOD[title]
    found = verdict(make(), name, declared)
    assert found.objection is None
    assert found.kind is not None
    assert found.kind.value.name == kind


@pytest.mark.parametrize("title", BAD)
def test_a_bad_file_is_refused_with_the_right_word(title: str) -> None:
    bad = BAD[title]
    found = verdict(bad.make(), bad.name, bad.declared, limits=SMALL)
    assert found.objection is not None
    assert (found.objection.kind, found.objection.detail) == (bad.kind, bad.detail)
    assert found.kind is None


def test_every_kind_of_objection_is_met_in_the_corpus() -> None:
    met = {bad.kind for bad in BAD.values()} | {ObjectionKind.TOO_LARGE}
    assert met == set(ObjectionKind)


@pytest.mark.parametrize("where", INFECTED)
def test_what_only_a_virus_scanner_finds_is_left_to_it(where: str) -> None:
    name, make = INFECTED[where]
    assert word(verdict(make(), name)) == "taken"


@pytest.mark.parametrize("title", BOMBS)
def test_a_bomb_costs_its_limit_and_no_more(title: str) -> None:
    content = BOMBS[title].make()
    began = time.process_time()
    tracemalloc.start()
    try:
        verdict(content, BOMBS[title].name, limits=SMALL)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16 * MIB
    assert time.process_time() - began < 10


LONG = 2 * MIB
TEDIOUS = {
    "names of a PDF": ("a.pdf", b"%PDF-1.4\n" + b"/#41#42#43" * (LONG // 10) + b"%%EOF"),
    "streams of a PDF": ("a.pdf", b"%PDF-1.4\n" + b"stream\nx\x9c" * (LONG // 9) + b"%%EOF"),
    "streams of a PDF that hold nothing": (
        "a.pdf",
        b"%PDF-1.4\n" + (b"stream\nx\x9c" + b"\0\0\0\xff\xff" * 20) * (LONG // 109) + b"%%EOF",
    ),
    "blanks": ("a.txt", b" " * LONG),
    "beginnings of tags": ("a.txt", b"\n <" * (LONG // 3)),
    "cells of a CSV": ("a.csv", b",=|" * (LONG // 3)),
    "calls in a CSV": ("a.csv", b"exec(" * (LONG // 5)),
    "fill bytes of a JPEG": ("a.jpg", files.picture("JPEG")[:-2] + b"\xff" * LONG),
    "segments of a JPEG": ("a.jpg", b"\xff\xd8" + files.segment(0xFE, b"") * (LONG // 4)),
    "chunks of a PNG": ("a.png", files.png(extra=files.chunk(b"abCd", b"") * (LONG // 12))),
    "lines of a mail's header": ("a.eml", b"Subject: x\n" + b" a\n" * (LONG // 3)),
    "parts of a mail": ("a.eml", b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 30_000),
    "extra fields of a ZIP": ("a.zip", files.raw_zip(extra=b"\0\0\0\0" * 16_000)),
}


@pytest.mark.parametrize("what", TEDIOUS)
def test_a_file_that_is_tedious_to_read_is_read_in_proportion_to_its_size(what: str) -> None:
    name, content = TEDIOUS[what]
    began = time.process_time()
    verdict(content, name)
    assert time.process_time() - began < 10


class TestBeforeItsBytesAreThere:
    def test_a_file_that_is_too_large_is_refused(self) -> None:
        found = refusal("a.pdf", "application/pdf", LIMITS.size + 1, LIMITS)
        assert found is not None
        assert (found.kind, found.parameters) == (
            ObjectionKind.TOO_LARGE,
            {"found": LIMITS.size + 1, "most": LIMITS.size},
        )

    def test_a_file_whose_size_nobody_said_is_judged_by_its_name(self) -> None:
        assert refusal("a.pdf", "", None, LIMITS) is None
        found = refusal("a.exe", "", None, LIMITS)
        assert found is not None
        assert found.kind is ObjectionKind.EXECUTABLE

    @pytest.mark.parametrize("declared", ["application/octet-stream", "", "APPLICATION/PDF; x=y", "application/x-pdf"])
    def test_a_sender_may_say_nothing_or_the_same(self, declared: str) -> None:
        assert refusal("a.pdf", declared, 10, LIMITS) is None


def test_the_file_in_an_archive_is_named_with_the_way_to_it() -> None:
    inner = files.zipped({"deep/run.exe": bad_files.PROGRAM})
    found = verdict(files.zipped({"b.zip": inner}), "a.zip")
    assert found.objection is not None
    assert found.objection.member == "b.zip > deep/run.exe"


def test_what_a_stranger_wrote_is_capped_and_printable_in_an_objection() -> None:
    found = verdict(files.raw_zip(name=b"../" + b"a\x07" * 5000), "a.zip")
    assert found.objection is not None
    name = found.objection.parameters["name"]
    assert isinstance(name, str)
    assert len(name) == LONGEST
    assert name.isprintable()


def test_files_in_an_archive_are_put_where_the_caller_says_one_at_a_time() -> None:
    kept, most = list[int](), 0

    @contextmanager
    def scratch(chunks: Iterable[bytes]) -> Iterator[Content]:
        nonlocal most
        body = b"".join(chunks)
        kept.append(len(body))
        most = max(most, len(kept))
        yield body
        kept.pop()

    content = files.zipped({"a.txt": b"a" * 100, "b.zip": files.zipped({"c.txt": b"c"})})
    assert inspect(content, name="a.zip", declared="", limits=LIMITS, scratch=scratch).kind is MediaType.ZIP
    assert (kept, most) == ([], 2)
