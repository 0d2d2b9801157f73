"""A TLS handshake in memory over a channel, and what it brings to light."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property

from OpenSSL import SSL, crypto

from integrations.tls import plain_handshake
from integrations.tls.channel import CHUNK, Channel, ConnectionEnded, NoProtocolInCommon
from integrations.tls.error_texts import NO_PROTOCOL, NO_WORD_FOR, reason, said
from rules.certificates.faults import FaultKind
from rules.certificates.observation import Outdated
from rules.x509 import reading

MOST_CERTIFICATES = 20
"""Certificates of a chain that are kept as they are sent; of those behind them each that is new is kept, once.

OpenSSL takes no chain of more than 100 KB.
"""

_OPENING = (b"\x15\x16", b"\x03")
"""What a TLS server's first bytes can be: an alert or a handshake, of version 3.x (RFC 8446, 5.1)."""


_CURVES = b"X25519:P-256:P-384:P-521:X448"
_FINITE_FIELDS = b":ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192"
_BY_RSA = b"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512"
_BY_CURVE = b"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a connection offers, in OpenSSL's words: ciphers up to TLS 1.2, groups, signatures (empty: all)."""

    ciphers: bytes = b"DEFAULT:@SECLEVEL=0"
    groups: bytes = _CURVES + _FINITE_FIELDS
    signatures: bytes = b""


ALL = Offer()
RSA_ALONE = Offer(ciphers=b"DEFAULT:!aECDSA:@SECLEVEL=0", signatures=_BY_RSA + b":RSA+SHA1")
CURVES_ALONE = Offer(ciphers=b"DEFAULT:!aRSA:@SECLEVEL=0", signatures=_BY_CURVE + b":ECDSA+SHA1")
"""What shows a server's certificate of one kind of key alone: by its signatures (TLS 1.3), by its ciphers (before)."""

OF_TODAY = Offer(b"DEFAULT:!DHE:@SECLEVEL=0", groups=_CURVES, signatures=_BY_CURVE + b":" + _BY_RSA)
"""What browsers offer: no exchange of keys over finite fields, no signature with SHA-1."""


_OF_BROWSERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    b":ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-SHA"
    b":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA"
    b":AES256-SHA"
)
"""What Chrome and Firefox offer up to TLS 1.2 (BoringSSL's and NSS' lists of 2026)."""

_CIPHERS_OF_BROWSERS = frozenset(_OF_BROWSERS.decode().split(":"))
_CURVES_OF_BROWSERS = frozenset({"x25519", "secp256r1", "prime256v1", "p-256", "secp384r1", "p-384"})
_CURVES_OF_KEYS = frozenset({"P-256", "P-384"})
BROWSERS = Offer(
    _OF_BROWSERS + b":@SECLEVEL=0",
    groups=b"X25519:P-256:P-384",
    signatures=b"ECDSA+SHA256:ECDSA+SHA384:" + _BY_RSA + b":ECDSA+SHA1:RSA+SHA1",
)
"""What all browsers offer."""


@cache
def _context(offer: Offer) -> SSL.Context:
    """Return the context of all scans of this process that offer the same, since one costs 27 ms.

    It trusts nobody, because verification happens later, in ``rules``; and it speaks to servers as weak as OpenSSL
    still allows: a scan that cannot see a weak server cannot report it, and no secret ever goes over these
    connections.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(offer.ciphers)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)  # servers from before RFC 5746
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    _set_groups(context, offer.groups)
    if offer.signatures:
        _set_signatures(context, offer.signatures)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_ocsp_client_callback(_keep_staple)
    SSL._lib.SSL_CTX_set_cert_cb(context._context, _on_request, SSL._ffi.NULL)  # noqa: SLF001  # pyright: ignore[reportPrivateImportUsage, reportPrivateUsage]
    return context


def _set_groups(context: SSL.Context, groups: bytes) -> None:
    """Offer the key exchanges that servers have, without those that are safe from quantum computers.

    A key for X25519MLKEM768 costs a tenth of a whole scan, and makes a greeting of 1.5 KB that some devices on the way
    drop; what is exchanged here is worth nothing to anybody later. A server that has nothing else would be reported as
    one whose handshake failed. pyOpenSSL has no public way to say so.
    """
    done: int = SSL._lib.SSL_CTX_set1_curves_list(context._context, groups)  # noqa: SLF001  # pyright: ignore[reportPrivateImportUsage, reportPrivateUsage]
    if done != 1:
        raise RuntimeError(f"OpenSSL does not know one of {groups.decode()}")


def _set_signatures(context: SSL.Context, signatures: bytes) -> None:
    """Offer these signatures alone; pyOpenSSL has no public way to say so."""
    done: int = SSL._lib.SSL_CTX_set1_sigalgs_list(context._context, signatures)  # noqa: SLF001  # pyright: ignore[reportPrivateImportUsage, reportPrivateUsage]
    if done != 1:
        raise RuntimeError(f"OpenSSL does not know one of {signatures.decode()}")


@dataclass(slots=True)
class _Noted:
    """What callbacks have noted during a handshake."""

    staple: bytes = b""
    asks_for_certificate: bool = False


def _note_request(ssl: object, _data: object) -> int:
    """Note that the server wants a certificate, and go on without one (SSL_CTX_set_cert_cb)."""
    SSL.Connection._reverse_mapping[ssl].get_app_data().asks_for_certificate = True  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return 1


_on_request = SSL._ffi.callback("int (*)(SSL *, void *)", _note_request)  # noqa: SLF001  # pyright: ignore[reportPrivateImportUsage, reportPrivateUsage]
"""Kept for as long as there are contexts that call it. An info callback of pyOpenSSL would be called at each step."""


def _keep_staple(connection: SSL.Connection, staple: bytes, _data: object) -> bool:
    connection.get_app_data().staple = staple
    return True


class Conversation:
    """A client's side of one TLS connection."""

    def __init__(self, channel: Channel, *, server_name: str, alpn: tuple[str, ...], offer: Offer = ALL) -> None:
        self._channel = channel
        self._heard = bytearray()
        self._tls = SSL.Connection(_context(offer), None)
        self._noted = _Noted()
        self._tls.set_app_data(self._noted)
        self._tls.set_connect_state()
        self._tls.request_ocsp()
        if server_name:
            self._tls.set_tlsext_host_name(server_name.encode())
        if alpn:
            self._tls.set_alpn_protos([each.encode() for each in alpn])

    async def shake_hands(self) -> None:
        """Complete the handshake. Raises ``ConnectionEnded``."""
        while True:
            try:
                self._tls.do_handshake()
            except SSL.WantReadError:
                await self._flush()
                self._tls.bio_write(await self._receive())
            except SSL.Error as error:
                self._channel.send_last(self._pending())  # our alert tells them why
                why = reason(error)
                is_of_alpn = any(alert in why for alert in (NO_PROTOCOL, *NO_WORD_FOR))
                ended = NoProtocolInCommon if is_of_alpn else ConnectionEnded
                raise ended(FaultKind.HANDSHAKE_FAILED, why) from error
            else:
                return

    async def send(self, data: bytes) -> None:
        """Send ``data`` under TLS. Raises ``ConnectionEnded`` or ``SSL.Error``."""
        self._tls.send(data)
        await self._flush()

    async def receive(self) -> bytes:
        """Return what comes next under TLS, never nothing. Raises ``ConnectionEnded`` or ``SSL.Error``."""
        while True:
            try:
                return self._tls.recv(CHUNK)
            except SSL.WantReadError:
                self._tls.bio_write(await self._channel.receive())

    async def ask(self, question: bytes, end: bytes, most: int) -> bytes:
        """Send ``question`` and return what comes back up to ``end``, in about ``most`` bytes.

        Raises ``ConnectionEnded``.
        """
        self._tls.send(question)
        await self._flush()
        answer = b""
        while end not in answer and len(answer) < most:
            try:
                answer += self._tls.recv(CHUNK)
            except SSL.WantReadError:
                self._tls.bio_write(await self._channel.receive())
            except SSL.Error:  # it said goodbye, or nonsense
                break
        return answer

    def part(self) -> None:
        """Send our last word and a close_notify; all that we wanted is observed, so it may fail."""
        with suppress(SSL.Error):
            self._tls.shutdown()
        self._channel.send_last(self._pending())

    @cached_property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates as sent, in DER, leaf first; those of a handshake that failed late as well."""
        sent = self._tls.get_peer_cert_chain() or []
        ders = [crypto.dump_certificate(crypto.FILETYPE_ASN1, each) for each in sent]
        first = ders[:MOST_CERTIFICATES]
        return (*first, *dict.fromkeys(each for each in ders[MOST_CERTIFICATES:] if each not in first))

    @property
    def other_kind(self) -> Offer | None:
        """What to offer to see a certificate of the other kind of key; None where OpenSSL cannot read this one's."""
        kind = self._kind_of_key()
        return None if kind is None else CURVES_ALONE if kind == crypto.TYPE_RSA else RSA_ALONE

    @property
    def outdated(self) -> tuple[Outdated, ...]:
        """What was agreed on that some clients refuse."""
        return tuple(self._outdated())

    def _outdated(self) -> Iterator[Outdated]:
        version, cipher, group = self._tls.get_protocol_version(), self.cipher, self._tls.get_group_name() or ""
        on_curve, heard = "ECDHE" in cipher, bytes(self._heard)
        over_numbers = "DHE" in cipher and not on_curve
        if version < SSL.TLS1_3_VERSION and plain_handshake.lacks_secure_renegotiation(heard):
            yield Outdated.NO_SECURE_RENEGOTIATION
        if over_numbers or group.startswith("ffdhe"):
            yield Outdated.FINITE_FIELD
        elif version < SSL.TLS1_3_VERSION and cipher not in _CIPHERS_OF_BROWSERS:
            yield Outdated.CIPHER
        elif group and group.lower() not in _CURVES_OF_BROWSERS:
            yield Outdated.CURVE
        if not self._has_a_key_of_browsers():
            yield Outdated.KEY
        is_signed = version == SSL.TLS1_2_VERSION and (on_curve or over_numbers)
        if is_signed and plain_handshake.is_signed_with_sha1(heard, on_curve=on_curve):
            yield Outdated.SHA1_SIGNATURE

    def _has_a_key_of_browsers(self) -> bool:
        """Return whether all browsers take the leaf's kind of key: RSA, P-256, P-384. One that is unreadable counts."""
        if self._kind_of_key() in (None, crypto.TYPE_RSA):
            return True
        try:
            return reading.key_kind_of(self.chain[0]).curve in _CURVES_OF_KEYS
        except reading.Unreadable:
            return True

    def _kind_of_key(self) -> int | None:
        """Return OpenSSL's number of the kind of the leaf's key, None where it cannot read it."""
        leaf = self._tls.get_peer_certificate()
        try:
            return leaf.get_pubkey().type() if leaf else None
        except (crypto.Error, ValueError, TypeError):
            return None

    @property
    def staple(self) -> bytes:
        return self._noted.staple

    @property
    def asks_for_certificate(self) -> bool:
        """Whether the server asked us for a certificate of ours."""
        return self._noted.asks_for_certificate

    @property
    def version(self) -> str:
        return self._tls.get_protocol_version_name()

    @property
    def cipher(self) -> str:
        return self._tls.get_cipher_name() or ""

    @property
    def alpn(self) -> str:
        """The protocol that the server chose, printable: it need not be one that was offered."""
        return said(self._tls.get_alpn_proto_negotiated())

    def _pending(self) -> bytes:
        """Return what OpenSSL wants to be sent."""
        data = b""
        with suppress(SSL.WantReadError):  # raised when there is nothing
            while len(data) % CHUNK == 0:
                data += self._tls.bio_read(CHUNK)
        return data

    async def _flush(self) -> None:
        if data := self._pending():
            await self._channel.send(data)

    async def _receive(self) -> bytes:
        data, is_opening = await self._channel.receive(), len(self._heard) < len(_OPENING)
        if len(self._heard) < plain_handshake.MOST_BYTES:
            self._heard += data
        if is_opening and not all(byte in known for byte, known in zip(self._heard, _OPENING, strict=False)):
            raise ConnectionEnded(FaultKind.NOT_TLS, "what it answers is not TLS")
        return data
