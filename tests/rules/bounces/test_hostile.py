"""Messages that strangers made to break their reader: each has an answer, and none takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import bounces
from rules.bounces import mime_parts
from rules.bounces.verdict import BounceKind, BounceVerdict
from tests.support.bounces import samples

HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nSubject: Undelivered Mail Returned to Sender\n"
MIB = 1024 * 1024
SAMPLES = [one.message for one in samples("second_unseen.txt")]


def nested(kind: bytes, depth: int) -> bytes:
    parts = (b"Content-Type: %s; boundary=b%d\n\n--b%d\n" % (kind, level, level) for level in range(depth))
    return b"".join(parts)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0" * 1000,
        b"\n" * MIB,
        HEAD + b"\n" + b"a@" * (MIB // 2),
        HEAD + b"Content-Type: text/html\n\n" + b"<style" * (MIB // 6),
        HEAD + b"Subject: " + b"=?utf-8?Q?" * (MIB // 10),
        HEAD + b"X: y\n" * 200_000,
        HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * (MIB // 2),
        HEAD + b"Content-Type: text/plain; charset=zip\n\nx",
        HEAD + b"Content-Transfer-Encoding: base64\n\n=====A",
        HEAD + b"Content-Type: multipart/report\n\nno boundary at all",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
        b"Content-Type: message/rfc822\n\n" * 30_000,
        nested(b"multipart/mixed", 20_000),
        nested(b"multipart/report; report-type=delivery-status", 20_000),
    ],
    ids=lambda message: repr(message[-20:]),
)
def test_it_has_an_answer(message: bytes) -> None:
    assert isinstance(bounces.classify(message), BounceVerdict)


def test_no_message_is_read_deeper_or_wider_than_allowed() -> None:
    def size(part: mime_parts.MimePart) -> tuple[int, int]:
        inner = [size(one) for one in part.parts]
        return 1 + max((depth for depth, _ in inner), default=0), 1 + sum(count for _, count in inner)

    depth, _ = size(mime_parts.read(nested(b"multipart/mixed", 500)))
    _, count = size(mime_parts.read(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1000))
    assert depth <= mime_parts.DEEPEST + 1
    assert count <= mime_parts.MOST_PARTS + 2


def test_a_wrong_charset_spoils_no_code() -> None:
    message = (
        HEAD
        + "Content-Type: text/plain; charset=us-ascii\n\n<ada@clients.test>: 550 5.1.1 Postfach unbekannt: Ä".encode()
    )
    assert bounces.classify(message) == BounceVerdict(BounceKind.UNKNOWN_RECIPIENT, "ada@clients.test", "5.1.1")


def test_half_a_character_is_none() -> None:
    assert mime_parts.charset_text(b"+2AA-", "utf-7") == "?"


@given(st.data())
def test_a_damaged_message_has_an_answer(data: st.DataObject) -> None:
    message = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, max(len(message) - 1, 0)))
        message[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    found = bounces.classify(bytes(message))
    assert found.status is None or found.status[0] in "245"
