import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event, Thread, active_count

import pytest
from cryptography import x509
from OpenSSL import SSL

from integrations import tls
from integrations.guard import Guard
from integrations.tls import hsts
from integrations.tls.address_scan import offers
from integrations.tls.handshake import MOST_CERTIFICATES
from rules.certificates.faults import FaultKind
from rules.certificates.observation import AddressObservation, ScanFailure, ScanObservation, ScanTarget
from rules.x509 import verification
from rules.x509.verification import TrustRoots
from rules.x509.violations import Severity
from sandbox import pki, profiles, revocation
from sandbox.authority import Authority
from sandbox.behaviour import Behaviour, Conduct
from sandbox.pki import Issuer
from sandbox.tls import TlsServer
from sandbox.truth import Chain, Endpoint

NOW = datetime.now(UTC).replace(microsecond=0)
GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),), hosts={"*.sandbox.test": "127.0.0.1"})
HOST = "valid.sandbox.test"

HELLO_REQUEST = b"\x00\x00\x00\x00"
"""A handshake message of TLS 1.2 that a client ignores, however often it comes (RFC 5246, 7.4.1.1)."""

SERVER_HELLO = b"\x02\x00\x00\x26\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00"
"""TLS 1.2 with ECDHE-RSA-AES128-GCM-SHA256, no session, no extensions (RFC 5246, 7.4.1.3)."""

SSL3_HELLO = b"\x02\x00\x00\x26\x03\x00" + bytes(32) + b"\x00\x00\x2f\x00"

PATIENT_S = 20.0
"""A server hangs up after this, which is another failure than a deadline that has passed."""

Talk = Callable[[socket.socket, Event], object]


def endpoint(chain: Chain) -> Endpoint:
    return Endpoint(
        host=f"{chain.value.replace('_', '-')}.sandbox.test",
        client="agency",
        chain=chain,
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=90),
    )


ENDPOINTS = {chain: endpoint(chain) for chain in Chain}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def leaf() -> Issuer:
    return pki.self_signed(HOST)


@pytest.fixture
def server(authority: Authority) -> Iterator[TlsServer]:
    with TlsServer(ENDPOINTS.values(), authority, Conduct(delay_s=0.05)) as running:
        yield running


def observe(target: ScanTarget, *, guard: Guard = GUARD, deadline_s: float = 5, hsts: bool = True) -> ScanObservation:
    (found,) = tls.scan_many([target], guard=guard, deadline_s=deadline_s, hsts=hsts)
    assert found.target is target
    return found


def seen(host: str, port: int, *, deadline_s: float = 5, alpn: tuple[str, ...] = ()) -> AddressObservation:
    found = observe(ScanTarget(host=host, port=port, alpn=alpn), deadline_s=deadline_s)
    assert (found.failure, found.trouble, found.left_out) == (None, None, ())
    return found.addresses[0]


def failure(talk: Talk, *, deadline_s: float = 5) -> ScanFailure | None:
    with talking(talk) as port:
        return seen(HOST, port, deadline_s=deadline_s).failure


@contextmanager
def talking(talk: Talk, *, times: int = 1) -> Iterator[int]:
    """A server that treats one client after the other as ``talk`` says."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = Thread(target=_serve, args=(listener, talk, over, times))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


def _serve(listener: socket.socket, talk: Talk, over: Event, times: int) -> None:
    for _ in range(times):
        _serve_one(listener, talk, over)


def _serve_one(listener: socket.socket, talk: Talk, over: Event) -> None:
    with suppress(OSError), listener.accept()[0] as client:
        talk(client, over)


def speaking(context: ssl.SSLContext) -> Talk:
    def talk(client: socket.socket, _over: Event) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped:
            wrapped.recv(1)

    return talk


def context_for(pem: bytes, folder: Path) -> ssl.SSLContext:
    served = folder / "served.pem"
    served.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    return context


def record(message: bytes) -> bytes:
    return b"\x16\x03\x03" + struct.pack(">H", len(message)) + message


def certificate_message(length: int) -> bytes:
    """The beginning of a Certificate message that says that it is ``length`` bytes long."""
    return b"\x0b" + length.to_bytes(3, "big") + (length - 3).to_bytes(3, "big")


def test_the_chain_is_brought_back_as_it_was_sent(server: TlsServer, authority: Authority) -> None:
    found = seen(HOST, server.port)
    sent = x509.load_pem_x509_certificates(authority.chain_pem(ENDPOINTS[Chain.VALID]))
    assert [x509.load_der_x509_certificate(each).subject for each in found.chain] == [each.subject for each in sent]
    assert found.chain[1] == sent[1].public_bytes(pki.serialization.Encoding.DER)
    assert (found.address, found.tls_version, found.cipher) == ("127.0.0.1", "TLSv1.3", "TLS_AES_256_GCM_SHA384")
    assert (found.staple, found.hsts, found.failure) == (b"", None, None)


@pytest.mark.parametrize(
    ("behaviour", "told", "deadline_s"),
    [
        (Behaviour.NORMAL, None, 5),
        (Behaviour.SLOW, None, 5),
        (Behaviour.SILENT, ScanFailure(FaultKind.UNREACHABLE, "silent"), 0.3),
        (
            Behaviour.THROTTLE,
            ScanFailure(FaultKind.HANDSHAKE_FAILED, 'it ends the handshake: alert "internal error"'),
            5,
        ),
        (Behaviour.GARBAGE, ScanFailure(FaultKind.NOT_TLS, "what it answers is not TLS"), 5),
        (Behaviour.HANG_UP, ScanFailure(FaultKind.UNREACHABLE, "closed without a word"), 5),
    ],
)
def test_each_behaviour_is_told(
    behaviour: Behaviour, told: ScanFailure | None, deadline_s: float, server: TlsServer
) -> None:
    server.conduct.by_name[HOST] = behaviour
    assert seen(HOST, server.port, deadline_s=deadline_s).failure == told
    assert seen(ENDPOINTS[Chain.EXPIRING].host, server.port).failure is None, "others are treated as before"
    assert server.connections == 2


def test_a_name_that_the_server_does_not_know_is_a_failed_handshake(server: TlsServer) -> None:
    told = seen("nobody.sandbox.test", server.port).failure
    assert told == ScanFailure(FaultKind.HANDSHAKE_FAILED, 'it ends the handshake: alert "unrecognized name"')


def test_an_address_is_not_sent_as_a_name(server: TlsServer) -> None:
    assert observe(ScanTarget(host="127.0.0.1", port=server.port)).addresses[0].failure is not None, (
        "it picks by name alone"
    )
    assert observe(ScanTarget(host="127.0.0.1", port=server.port, server_name=HOST)).addresses[0].failure is None


@pytest.mark.parametrize("opening", [b"", b"\x16\x03\x03\x40\x00"])
def test_a_server_that_keeps_silent_ends_at_the_deadline(opening: bytes) -> None:
    def stall(client: socket.socket, over: Event) -> None:
        client.sendall(opening)
        over.wait(PATIENT_S)

    told = failure(stall, deadline_s=0.3)
    assert told == (
        ScanFailure(FaultKind.HANDSHAKE_FAILED, "too slow") if opening else ScanFailure(FaultKind.UNREACHABLE, "silent")
    )


def test_one_byte_at_a_time_does_not_stretch_the_deadline() -> None:
    def drip(client: socket.socket, over: Event) -> None:
        client.sendall(b"\x16\x03\x03\x40\x00")
        for _ in range(1000):
            if over.wait(0.02):
                return
            client.sendall(b"\x02")

    assert failure(drip, deadline_s=0.3) == ScanFailure(FaultKind.HANDSHAKE_FAILED, "too slow")


def test_endless_messages_end_at_the_cap() -> None:
    def flood(client: socket.socket, over: Event) -> None:
        while not over.is_set():
            client.sendall(record(HELLO_REQUEST * 4000))

    assert failure(flood) == ScanFailure(FaultKind.HANDSHAKE_FAILED, "it sends more than 1024 KB")


@pytest.mark.parametrize("length", [0xFFFFFF, 90_000])
def test_an_endless_chain_is_told(length: int) -> None:
    def flood(client: socket.socket, over: Event) -> None:
        client.recv(16_384)
        client.sendall(record(SERVER_HELLO) + record(certificate_message(length)))
        while not over.is_set():
            client.sendall(record(b"\x00\x03\xe8" + bytes(1000)))

    told = failure(flood, deadline_s=2)
    assert told is not None
    assert told.kind is FaultKind.HANDSHAKE_FAILED
    assert told.reason in {"it sends a chain larger than 100 KB", "its certificate cannot be read"}


def test_a_certificate_of_ten_megabytes_is_too_large() -> None:
    huge = profiles.extension(profiles.UNKNOWN_EXTENSION, bytes(10_000_000))
    leaf = pki.self_signed(HOST, more=(huge,))
    assert len(leaf.certificate) > 10_000_000

    def serve(client: socket.socket, over: Event) -> None:
        client.recv(16_384)
        message = certificate_message(len(leaf.certificate) + 6)
        client.sendall(record(SERVER_HELLO) + record(message + (len(leaf.certificate)).to_bytes(3, "big")))
        for start in range(0, len(leaf.certificate), 16_000):
            client.sendall(record(leaf.certificate[start : start + 16_000]))

    assert failure(serve) == ScanFailure(FaultKind.HANDSHAKE_FAILED, "it sends a chain larger than 100 KB")


def test_a_certificate_that_is_none_is_told() -> None:
    def serve(client: socket.socket, over: Event) -> None:
        client.recv(16_384)
        nothing = b"\x00\x00\x64" + b"\x30\x62" + bytes(98)
        client.sendall(record(SERVER_HELLO) + record(certificate_message(len(nothing) + 3) + nothing))
        over.wait()

    assert failure(serve) == ScanFailure(FaultKind.HANDSHAKE_FAILED, "its certificate cannot be read")


def test_garbage_after_a_sound_hello_is_told() -> None:
    def babble(client: socket.socket, over: Event) -> None:
        client.recv(16_384)
        client.sendall(record(SERVER_HELLO) + b"\x00\xffthis is not TLS" * 10)
        over.wait()

    told = failure(babble)
    assert told is not None
    assert (told.kind, told.reason) == (FaultKind.HANDSHAKE_FAILED, "what follows its first words is not TLS")


def test_ten_megabytes_of_anything_else_end_at_the_first_bytes() -> None:
    told = failure(lambda client, _over: client.sendall(bytes(10_000_000)))
    assert told == ScanFailure(FaultKind.NOT_TLS, "what it answers is not TLS")


@pytest.mark.parametrize(
    ("opening", "fault"), [(b"", FaultKind.UNREACHABLE), (b"\x16\x03\x03\x40\x00\x02", FaultKind.HANDSHAKE_FAILED)]
)
def test_a_reset_is_told(opening: bytes, fault: FaultKind) -> None:
    def reset(client: socket.socket, over: Event) -> None:
        client.recv(1)
        client.sendall(opening)
        over.wait(0.1 if opening else 0)  # what is on its way when the reset comes may be thrown away
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert failure(reset) == ScanFailure(fault, "connection reset")


def test_a_server_that_says_goodbye_is_told() -> None:
    told = failure(lambda client, _over: client.sendall(b"\x15\x03\x03\x00\x02\x01\x00"))
    assert told == ScanFailure(FaultKind.HANDSHAKE_FAILED, "it says goodbye in the middle of the handshake")


def test_our_greeting_fits_in_one_packet() -> None:
    heard: list[bytes] = []
    failure(lambda client, _over: heard.append(client.recv(16_384)))
    assert 200 < len(heard[0]) < 600


def test_a_server_that_stops_in_the_middle_is_told() -> None:
    def stop(client: socket.socket, _over: Event) -> None:
        client.recv(16_384)
        client.sendall(b"\x16\x03\x03\x40\x00\x02")

    assert failure(stop) == ScanFailure(FaultKind.HANDSHAKE_FAILED, "closed in the middle of the handshake")


def test_a_plain_http_server_does_not_speak_tls() -> None:
    def answer(client: socket.socket, _over: Event) -> None:
        client.recv(16_384)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    assert failure(answer) == ScanFailure(FaultKind.NOT_TLS, "what it answers is not TLS")


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert seen(HOST, port) == AddressObservation(
        address="127.0.0.1", failure=ScanFailure(FaultKind.UNREACHABLE, "connection refused")
    )


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a_server_of_an_old_version_alone_is_seen(version: ssl.TLSVersion, leaf: Issuer, tmp_path: Path) -> None:
    context = context_for(leaf.key_pem + leaf.pem, tmp_path)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with talking(speaking(context)) as port:
        found = seen(HOST, port)
    assert (found.tls_version, found.chain) == (version.name.replace("_", "."), (leaf.certificate,))


@pytest.mark.parametrize("group", ["prime256v1", "secp384r1", "secp521r1", "X448"])
def test_a_server_of_one_key_exchange_alone_is_seen(group: str, leaf: Issuer, tmp_path: Path) -> None:
    context = context_for(leaf.key_pem + leaf.pem, tmp_path)
    context.set_ecdh_curve(group)
    with talking(speaking(context), times=1 + (group not in {"prime256v1", "secp384r1"})) as port:
        assert seen(HOST, port).chain == (leaf.certificate,)


def test_a_server_of_ssl_3_alone_is_told() -> None:
    def answer(client: socket.socket, over: Event) -> None:
        client.recv(16_384)
        client.sendall(b"\x16\x03\x00" + struct.pack(">H", len(SSL3_HELLO)) + SSL3_HELLO)
        over.wait()

    told = failure(answer)
    assert told == ScanFailure(FaultKind.HANDSHAKE_FAILED, "it speaks no version of TLS, but SSL 3.0 or older")


def test_a_server_that_wants_a_client_certificate_has_shown_its_own(leaf: Issuer, tmp_path: Path) -> None:
    context = context_for(leaf.key_pem + leaf.pem, tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    with talking(speaking(context)) as port:
        found = seen(HOST, port)
    assert found.chain == (leaf.certificate,)
    assert (found.failure, found.asks_for_certificate, found.tls_version) == (None, True, "TLSv1.2")


def test_a_long_chain_is_kept_in_part(leaf: Issuer, tmp_path: Path) -> None:
    with talking(speaking(context_for(leaf.key_pem + leaf.pem * 50, tmp_path))) as port:
        found = seen(HOST, port)
    assert (found.chain, found.failure) == ((leaf.certificate,) * MOST_CERTIFICATES, None)


def test_an_issuer_is_found_however_many_are_sent_before_it(tmp_path: Path) -> None:
    root = pki.root("Sandbox Root")
    middle = root.authority("Sandbox Middle")
    leaf = middle.leaf(HOST)
    others = [root.authority(f"Sandbox Other {number}") for number in range(MOST_CERTIFICATES + 20)]
    sent = leaf.pem + b"".join(one.pem for one in others) + middle.pem
    with talking(speaking(context_for(leaf.key_pem + sent, tmp_path))) as port:
        found = seen(HOST, port)
    assert found.chain[0] == leaf.certificate
    assert found.chain[-1] == middle.certificate
    verified = verification.verify(found.chain, roots=TrustRoots([], [root.certificate]), at=NOW, host=HOST)
    assert [one.kind for one in verified.violations if one.severity is Severity.CRITICAL] == []


def test_a_chain_of_hundreds_of_certificates_is_refused(leaf: Issuer, tmp_path: Path) -> None:
    told = failure(speaking(context_for(leaf.key_pem + leaf.pem * 400, tmp_path)))
    assert told == ScanFailure(FaultKind.HANDSHAKE_FAILED, "it sends a chain larger than 100 KB")


def test_the_stapled_answer_is_brought_back() -> None:
    root = pki.root("Sandbox Root")
    leaf = root.leaf(HOST)
    staple = revocation.ocsp_response(leaf, root)
    context = SSL.Context(SSL.TLS_METHOD)
    context.use_certificate(leaf.parsed)
    context.use_privatekey(leaf.key)
    context.add_extra_chain_cert(root.parsed)
    context.set_ocsp_server_callback(lambda _connection, _data: staple)

    def serve(client: socket.socket, over: Event) -> None:
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        with suppress(SSL.Error):
            connection.do_handshake()
            over.wait()

    with talking(serve) as port:
        assert seen(HOST, port).staple == staple


def web(leaf: Issuer, folder: Path, *answers: bytes) -> Talk:
    """A web server that answers these parts to a HEAD request, and then waits."""
    context = context_for(leaf.key_pem + leaf.pem, folder)
    context.set_alpn_protocols(["http/1.1"])

    def talk(client: socket.socket, over: Event) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped, suppress(OSError):
            asked = wrapped.recv(4096)
            assert asked.startswith(b"HEAD / HTTP/1.1\r\nHost: " + HOST.encode())
            assert b"\r\nConnection: close\r\n\r\n" in asked
            for answer in answers:
                wrapped.sendall(answer)
            over.wait()

    return talk


@pytest.mark.parametrize(
    ("answers", "header"),
    [
        ([b"HTTP/1.1 301 Moved\r\nStrict-Transport-Security:", b" max-age=1; preload\r\n\r\n"], "max-age=1; preload"),
        ([b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n"], ""),
        ([b"HTTP/1.1 200 OK\r\nstrict-transport-security: a\x1b\x00b\r\nStrict-Transport-Security: c\r\n\r\n"], "ab"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100 + b"\r\n"] * 500, None),
        ([b"220 not HTTP\r\n\r\n"], None),
    ],
)
def test_hsts_is_asked_for_on_the_same_connection(
    answers: list[bytes], header: str | None, leaf: Issuer, tmp_path: Path
) -> None:
    with talking(web(leaf, tmp_path, *answers)) as port:
        found = seen(HOST, port, alpn=("http/1.1",))
    assert (found.hsts, found.alpn, found.failure, found.chain) == (header, "http/1.1", None, (leaf.certificate,))


def test_a_web_server_that_does_not_answer_has_been_seen_all_the_same(
    leaf: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with talking(web(leaf, tmp_path)) as port:
        found = seen(HOST, port, alpn=("http/1.1",), deadline_s=1.5)
    assert (found.hsts, found.failure, found.chain) == (None, None, (leaf.certificate,))
    monkeypatch.setattr(hsts, "TIME_S", 0.1)
    with talking(web(leaf, tmp_path)) as port:
        found = seen(HOST, port, alpn=("http/1.1",), deadline_s=30)
    assert (found.hsts, found.failure, found.chain) == (None, None, (leaf.certificate,))


def test_hsts_is_left_out_where_nobody_wants_it(leaf: Issuer, tmp_path: Path) -> None:
    context = context_for(leaf.key_pem + leaf.pem, tmp_path)
    context.set_alpn_protocols(["http/1.1"])
    heard: list[bytes] = []

    def talk(client: socket.socket, _over: Event) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped:
            heard.append(wrapped.recv(1))

    with talking(talk) as port:
        target = ScanTarget(host=HOST, port=port, alpn=("http/1.1",))
        assert observe(target, hsts=False).addresses[0].hsts is None
    assert heard == [b""]


def test_a_stopped_server_leaves_nothing_behind(authority: Authority) -> None:
    threads = active_count()
    conduct = Conduct(default=Behaviour.SILENT)
    with (
        TlsServer(ENDPOINTS.values(), authority, conduct) as server,
        socket.create_connection(("127.0.0.1", server.port)) as waiting,
    ):
        waiting.sendall(b"\x16\x03\x01")
    assert active_count() <= threads  # those that resolved names for tests before may be ending
    assert seen(HOST, server.port).failure == ScanFailure(FaultKind.UNREACHABLE, "connection refused")


def speaking_alone(protocol: bytes, leaf: Issuer) -> Talk:
    """A server that refuses whoever does not offer this protocol by ALPN, and takes whoever offers none."""

    def choose(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
        if protocol not in offered:
            raise SSL.Error
        return protocol

    context = SSL.Context(SSL.TLS_METHOD)
    context.use_certificate(leaf.parsed)
    context.use_privatekey(leaf.key)
    context.set_alpn_select_callback(choose)

    def talk(client: socket.socket, _over: Event) -> None:
        client.setblocking(True)  # noqa: FBT003 - its signature
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        with suppress(SSL.Error):
            connection.do_handshake()
            connection.recv(100)

    return talk


def test_a_server_that_refuses_what_is_offered_is_offered_something_else(leaf: Issuer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        over = Event()

        def serve() -> None:
            for _ in range(2):
                _serve_one(listener, speaking_alone(b"h2", leaf), over)

        thread = Thread(target=serve)
        thread.start()
        found = seen(HOST, listener.getsockname()[1], alpn=("http/1.1",))
        thread.join()
    assert (found.failure, found.alpn, found.chain) == (None, "", (leaf.certificate,))


@pytest.mark.parametrize("alert", [40, 80, 120])
def test_whatever_alert_refuses_what_is_offered_the_first_one_is_told_where_nothing_helps(alert: int) -> None:
    offered: list[bool] = []

    def talk(client: socket.socket, _over: Event) -> None:
        offered.append(b"http/1.1" in client.recv(4096))
        client.sendall(bytes([21, 3, 3, 0, 2, 2, alert]) if offered[-1] else b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with talking(talk, times=2) as port:
        found = observe(ScanTarget(host=HOST, port=port, alpn=("http/1.1",))).addresses[0]
    assert offered == [True, False]
    assert found.failure is not None
    assert found.failure.reason.startswith("it ends the handshake: alert")


def test_a_web_server_is_offered_both_versions_of_http_where_it_refuses_the_first() -> None:
    assert offers(ScanTarget(host=HOST, port=443)) == (("http/1.1",), ("h2", "http/1.1"), ())
    assert offers(ScanTarget(host=HOST, port=993)) == ((),)
