"""What a virus scanner's lines mean."""

from datetime import UTC, datetime, timedelta

import pytest

from rules.documents.clamd_address import ClamdAddress
from rules.documents.scans import LONGEST, ScannerAnswer, published_at, read_scan, read_version, stale_since


def test_a_found_signature_is_named_and_capped() -> None:
    assert read_scan("stream: Win.Test.EICAR_HDB-1 FOUND") == ScannerAnswer("Win.Test.EICAR_HDB-1")
    assert read_scan("stream: a\x1b[31m FOUND") == ScannerAnswer("a\N{REPLACEMENT CHARACTER}[31m")
    assert len((read_scan(f"stream: {'x' * 500} FOUND") or ScannerAnswer()).signature) == LONGEST


def test_a_version_says_when_its_signatures_were_published() -> None:
    version = read_version("ClamAV 1.4.3/27800/Mon Nov  2 10:20:30 2026")
    assert version is not None
    assert published_at(version) == datetime(2026, 11, 2, 10, 20, 30, tzinfo=UTC)


def test_signatures_are_stale_once_they_are_older_than_so_many_days() -> None:
    version, published = "ClamAV 1.4.3/27800/Mon Nov  2 10:20:30 2026", datetime(2026, 11, 2, 10, 20, 30, tzinfo=UTC)
    week = published + timedelta(days=7)
    assert stale_since(version, days=7, now=week) is None
    assert stale_since(version, days=7, now=week + timedelta(seconds=1)) == published
    assert stale_since(version, days=0, now=week + timedelta(days=999)) is None
    assert stale_since("ClamAV 1.4.3", days=7, now=week) is None


@pytest.mark.parametrize("line", ["ClamAV 1.4.3", "ClamAV 1.4.3/27800", "ClamAV 1.4.3/27800/someday"])
def test_a_version_may_keep_silent_about_that(line: str) -> None:
    assert read_version(line) == line
    assert published_at(line) is None


@pytest.mark.parametrize("line", ["", "220 relay.example ESMTP", "PONG", "clamav 1"])
def test_what_is_no_version_is_none(line: str) -> None:
    assert read_version(line) is None


def test_an_address_is_tcp_or_a_socket() -> None:
    assert ClamdAddress.parse("tcp://scanner.example:3311") == ClamdAddress(host="scanner.example", port=3311)
    assert ClamdAddress.parse("tcp://[::1]") == ClamdAddress(host="::1", port=3310)
    assert ClamdAddress.parse("unix:///run/clamav/clamd.ctl") == ClamdAddress(path="/run/clamav/clamd.ctl")


@pytest.mark.parametrize(
    "url",
    ["", "localhost:3310", "http://a", "tcp://", "tcp://a:x", "tcp://a/b", "unix://a/b", "unix://", "tcp://u:p@a"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="tcp://host:3310"):
        ClamdAddress.parse(url)
