"""What a server's side of a handshake tells before it is encrypted, from messages that are made up here."""

import pytest

from integrations.tls import plain_handshake

RENEGOTIATION_INFO = b"\xff\x01\x00\x01\x00"
OTHER = b"\x00\x17\x00\x00"


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3) + body


def records(*messages: bytes, size: int = 1 << 14) -> bytes:
    """Return messages in records of this size, and after them a record of another kind."""
    joined = b"".join(messages)
    parts = [joined[at : at + size] for at in range(0, len(joined), size)]
    return b"".join(b"\x16\x03\x03" + len(part).to_bytes(2) + part for part in parts) + b"\x14\x03\x03\x00\x01\x01"


def hello(*extensions: bytes, session: bytes = b"s" * 32) -> bytes:
    joined = b"".join(extensions)
    tail = len(joined).to_bytes(2) + joined if extensions else b""
    return message(2, b"\x03\x03" + bytes(32) + bytes([len(session)]) + session + b"\xc0\x2f\x00" + tail)


def exchange(parameters: bytes, signature: bytes) -> bytes:
    return message(12, parameters + signature + b"\x00\x02xx")


CHAIN = message(11, b"x" * 20_000)
CURVE = b"\x03\x00\x1d\x20" + bytes(32)
NUMBERS = b"".join(len(one).to_bytes(2) + one for one in (b"p" * 256, b"\x02", b"y" * 256))


@pytest.mark.parametrize("session", [b"", b"s" * 32])
@pytest.mark.parametrize("size", [1 << 14, 100])
def test_a_server_without_renegotiation_info_is_told_apart(session: bytes, size: int) -> None:
    with_it = records(hello(OTHER, RENEGOTIATION_INFO, session=session), CHAIN, size=size)
    without = records(hello(OTHER, session=session), CHAIN, size=size)
    bare = records(hello(session=session), CHAIN, size=size)
    assert not plain_handshake.lacks_secure_renegotiation(with_it)
    assert plain_handshake.lacks_secure_renegotiation(without)
    assert plain_handshake.lacks_secure_renegotiation(bare)


@pytest.mark.parametrize(("parameters", "on_curve"), [(CURVE, True), (NUMBERS, False)])
def test_the_digest_of_the_signature_is_read(parameters: bytes, *, on_curve: bool) -> None:
    for signature, is_sha1 in ((b"\x02\x01", True), (b"\x04\x01", False), (b"\x08\x04", False)):
        heard = records(hello(OTHER), CHAIN, exchange(parameters, signature))
        assert plain_handshake.is_signed_with_sha1(heard, on_curve=on_curve) is is_sha1


@pytest.mark.parametrize("heard", [b"", b"\x16", b"\x15\x03\x03\x00\x02\x02\x28", records(message(12, b"\x03"))])
def test_what_is_cut_off_says_nothing(heard: bytes) -> None:
    assert not plain_handshake.lacks_secure_renegotiation(heard)
    for on_curve in (True, False):
        assert not plain_handshake.is_signed_with_sha1(heard, on_curve=on_curve)
