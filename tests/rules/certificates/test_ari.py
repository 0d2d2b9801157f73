"""Renewal information: what is asked, and what strangers answer (RFC 9773)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import ari
from rules.certificates.dns_policy import RenewalWindow

ID = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
"""The example of RFC 9773, section 4.1."""


def answer(start: object, end: object) -> bytes:
    return json.dumps({"suggestedWindow": {"start": start, "end": end}}).encode()


def test_the_identifier_is_that_of_the_standard():
    key_id = bytes.fromhex("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")

    assert ari.certificate_id(key_id=key_id, serial=0x8765_4321) == ID


@pytest.mark.parametrize(("serial", "octets"), [(1, "AQ"), (127, "fw"), (128, "AIA"), (0, "AA")])
def test_serials_are_the_octets_of_their_der(serial: int, octets: str):
    assert ari.certificate_id(key_id=b"", serial=serial) == f".{octets}"


def test_the_directory_says_where_to_ask():
    directory = json.dumps(
        {"renewalInfo": "https://acme.test/renewal-info/", "newOrder": "https://acme.test/o"}
    ).encode()

    assert ari.renewal_url(directory, ID) == f"https://acme.test/renewal-info/{ID}"


@pytest.mark.parametrize(
    "directory",
    [
        b"",
        b"{}",
        b"[]",
        b'{"renewalInfo": 7}',
        b'{"renewalInfo": "http://acme.test/"}',
        b'{"renewalInfo": "https://user:word@acme.test/"}',
        b'{"renewalInfo": "https:///x"}',
        b'{"renewalInfo": "https://[broken/"}',
        b'{"renewalInfo": "https://acme.test/?a"}',
        b'{"renewalInfo": "https://acme.test/' + b"x" * 3000 + b'"}',
        b'{"renewalInfo": "https://acme.test/"}' + b" " * 70_000,
        b"[" * 60_000,
        b"\xff\xfe",
    ],
)
def test_a_directory_that_does_not_say_is_not_asked(directory: bytes):
    assert ari.renewal_url(directory, ID) is None


def test_a_window_is_read():
    assert ari.read(answer("2026-11-20T00:00:00Z", "2026-11-22t02:30:00.123456+02:00")) == RenewalWindow(
        start=datetime(2026, 11, 20, tzinfo=UTC), end=datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("2026-11-22T00:00:00Z", "2029-11-22T00:00:00Z"),
        ("2026-11-22T00:00:00", "2026-11-23T00:00:00"),
        ("9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-02T00:00:00Z"),
        ("soon", "later"),
        (1, 2),
        (None, None),
    ],
)
def test_a_window_that_makes_no_sense_is_none(start: object, end: object):
    assert ari.read(answer(start, end)) is None


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"suggestedWindow": []}', b"[" * 60_000, b"{" * 9])
def test_what_is_no_answer_is_none(body: bytes):
    assert ari.read(body) is None


@given(st.binary(max_size=200) | st.builds(answer, st.text(max_size=30), st.text(max_size=30)))
def test_strangers_answers_raise_nothing(body: bytes):
    found = ari.read(body)

    assert found is None or timedelta(0) < found.end - found.start
