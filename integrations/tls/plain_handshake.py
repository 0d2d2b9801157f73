"""What can be read of a server's side of a handshake before TLS 1.3, where its messages are not encrypted (RFC 5246).

OpenSSL has accepted the messages before they are read here, so they are well formed; anything else is passed over.
"""

from collections.abc import Iterator

MOST_BYTES = 256 * 1024
"""Bytes of a handshake that are looked at: the key exchange comes after the chain."""

_HANDSHAKE_RECORD, _RECORD_HEAD, _MESSAGE_HEAD = 22, 5, 4
_SERVER_HELLO, _SERVER_KEY_EXCHANGE = 2, 12
_RENEGOTIATION_INFO = 0xFF01
_SHA1 = 2


def lacks_secure_renegotiation(heard: bytes) -> bool:
    """Say whether the server answered without renegotiation_info (RFC 5746, 3.4), which our hello asks for."""
    hello = next((body for kind, body in _messages(heard) if kind == _SERVER_HELLO), None)
    return hello is not None and _RENEGOTIATION_INFO not in _extensions(hello)


def is_signed_with_sha1(heard: bytes, *, on_curve: bool) -> bool:
    """Say whether the key exchange of a handshake of TLS 1.2 is signed with SHA-1; ``on_curve`` that it is ECDHE."""
    exchange = next((body for kind, body in _messages(heard) if kind == _SERVER_KEY_EXCHANGE), b"")
    # The parameters: a curve's type and name (3 bytes) and a point, or three numbers with two bytes of length each.
    at = 4 + exchange[3] if on_curve and len(exchange) > 4 else _after_numbers(exchange)  # noqa: PLR2004 - as above
    return exchange[at : at + 1] == bytes([_SHA1])  # SignatureAndHashAlgorithm: the hash comes first


def _after_numbers(exchange: bytes) -> int:
    at = 0
    for _ in range(3):
        at += 2 + int.from_bytes(exchange[at : at + 2])
    return at


def _messages(heard: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the handshake messages up to where encryption begins."""
    joined, at = bytearray(), 0
    while at + _RECORD_HEAD <= len(heard) and heard[at] == _HANDSHAKE_RECORD:
        length = int.from_bytes(heard[at + 3 : at + _RECORD_HEAD])
        joined += heard[at + _RECORD_HEAD : at + _RECORD_HEAD + length]
        at += _RECORD_HEAD + length
    at = 0
    while at + _MESSAGE_HEAD <= len(joined):
        start = at + _MESSAGE_HEAD
        end = start + int.from_bytes(joined[at + 1 : start])
        yield joined[at], bytes(joined[start:end])
        at = end


def _extensions(hello: bytes) -> set[int]:
    """Return the types of a ServerHello's extensions, which come after session, cipher, compression and a length."""
    at = 35 + hello[34] + 3 + 2 if len(hello) > 34 else len(hello)  # noqa: PLR2004 - version (2) and random (32)
    found = set[int]()
    while at + 4 <= len(hello):
        found.add(int.from_bytes(hello[at : at + 2]))
        at += 4 + int.from_bytes(hello[at + 2 : at + 4])
    return found
