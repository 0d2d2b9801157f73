import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event, Thread, active_count
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations import tls
from integrations.errors import Rejected, Unavailable
from integrations.guard import Address, Guard, NoSuchName
from rules import certificates
from rules.certificates import Fault, Finding, Seen
from sandbox.authority import Authority
from sandbox.behaviour import Behaviour, Conduct
from sandbox.tls import TlsServer
from sandbox.truth import Chain, Endpoint

NOW = datetime.now(UTC).replace(microsecond=0)
GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),), hosts={"*.sandbox.test": "127.0.0.1"})

FAULTS = {
    Chain.VALID: (),
    Chain.EXPIRING: (),
    Chain.EXPIRED: (Fault.EXPIRED,),
    Chain.WRONG_HOST: (Fault.WRONG_HOST,),
    Chain.SELF_SIGNED: (Fault.SELF_SIGNED,),
    Chain.INCOMPLETE: (Fault.INCOMPLETE_CHAIN,),
}

HELLO_REQUEST = b"\x00\x00\x00\x00"
"""A handshake message of TLS 1.2 that a client ignores, however often it comes (RFC 5246, 7.4.1.1)."""

Talk = Callable[[socket.socket, Event], object]


def endpoint(chain: Chain) -> Endpoint:
    days = -1 if chain is Chain.EXPIRED else 5 if chain is Chain.EXPIRING else 90
    return Endpoint(
        host=f"{chain.value.replace('_', '-')}.sandbox.test",
        client="agency",
        chain=chain,
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=days),
    )


ENDPOINTS = {chain: endpoint(chain) for chain in Chain}
VALID = ENDPOINTS[Chain.VALID].host


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def trust(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> tls.Trust:
    ca_file = tmp_path_factory.mktemp("trust") / "root.pem"
    ca_file.write_bytes(authority.root_pem)
    return tls.Trust(ca_file)


@pytest.fixture
def server(authority: Authority) -> Iterator[TlsServer]:
    with TlsServer(ENDPOINTS.values(), authority, Conduct(delay_s=0.05)) as running:
        yield running


def scan(host: str, port: int, trust: tls.Trust, *, deadline_s: float = 5) -> Finding:
    seen = tls.fetch(host, port, guard=GUARD, deadline_s=deadline_s, trust=trust)
    return certificates.assess(seen, now=NOW)


def failure(talk: Talk, trust: tls.Trust, *, deadline_s: float = 5) -> str | None:
    return asked(talk, trust, deadline_s=deadline_s).failure


def asked(talk: Talk, trust: tls.Trust, *, deadline_s: float = 5) -> Seen:
    with talking(talk) as port:
        return tls.fetch(VALID, port, guard=GUARD, deadline_s=deadline_s, trust=trust)


@contextmanager
def talking(talk: Talk) -> Iterator[int]:
    """A server that treats one client as ``talk`` says."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = Thread(target=_serve_one, args=(listener, talk, over))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


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


def by_itself(common_name: str) -> bytes:
    """A key and a certificate that it signed itself, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(VALID)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("chain", Chain)
def test_each_chain_has_its_fault_and_no_other(chain: Chain, server: TlsServer, trust: tls.Trust) -> None:
    found = scan(ENDPOINTS[chain].host, server.port, trust)
    assert found.faults == FAULTS[chain]
    assert (found.not_before, found.not_after) == (ENDPOINTS[chain].not_before, ENDPOINTS[chain].not_after)
    assert (found.address, found.tls_version, found.key) == ("127.0.0.1", "TLSv1.3", "EC-256")
    assert found.chain_length == (1 if chain in {Chain.SELF_SIGNED, Chain.INCOMPLETE} else 2)


def test_an_authority_that_is_not_in_the_trust_store_is_unknown(server: TlsServer) -> None:
    assert scan(VALID, server.port, tls.Trust()).faults == (Fault.UNKNOWN_ISSUER,)


@pytest.mark.parametrize(
    ("behaviour", "faults", "deadline_s"),
    [
        (Behaviour.NORMAL, (), 5),
        (Behaviour.SLOW, (), 5),
        (Behaviour.SILENT, (Fault.UNREACHABLE,), 0.2),
        (Behaviour.THROTTLE, (Fault.UNVERIFIED,), 5),
        (Behaviour.GARBAGE, (Fault.NOT_TLS,), 5),
        (Behaviour.HANG_UP, (Fault.UNREACHABLE,), 5),
    ],
)
def test_each_behaviour_is_a_finding(
    behaviour: Behaviour, faults: tuple[Fault, ...], deadline_s: float, server: TlsServer, trust: tls.Trust
) -> None:
    server.conduct.by_name[VALID] = behaviour
    assert scan(VALID, server.port, trust, deadline_s=deadline_s).faults == faults
    assert scan(ENDPOINTS[Chain.EXPIRING].host, server.port, trust).ok, "others are treated as before"
    assert server.connections == 2


def test_a_name_that_the_server_does_not_know_is_a_failed_handshake(server: TlsServer, trust: tls.Trust) -> None:
    found = scan("nobody.sandbox.test", server.port, trust)
    assert found.faults == (Fault.UNVERIFIED,)
    assert "unrecognized name" in found.message


def test_a_silent_server_ends_at_the_deadline(trust: tls.Trust) -> None:
    began = monotonic()
    assert failure(lambda _client, over: over.wait(), trust, deadline_s=0.2) == "silent"
    assert 0.2 <= monotonic() - began < 1


def test_one_byte_at_a_time_does_not_stretch_the_deadline(trust: tls.Trust) -> None:
    def drip(client: socket.socket, over: Event) -> None:
        client.sendall(b"\x16\x03\x03\x40\x00")
        while not over.wait(0.02):
            client.sendall(b"\x02")

    began = monotonic()
    assert failure(drip, trust, deadline_s=0.3) == "too slow"
    assert 0.3 <= monotonic() - began < 1


def test_endless_bytes_end_at_the_cap(trust: tls.Trust) -> None:
    def flood(client: socket.socket, over: Event) -> None:
        messages = HELLO_REQUEST * 4000
        while not over.is_set():
            client.sendall(b"\x16\x03\x03" + struct.pack(">H", len(messages)) + messages)

    assert failure(flood, trust) == "handshake failed: more than 1048576 bytes"


def test_ten_megabytes_of_anything_else_end_at_the_first_bytes(trust: tls.Trust) -> None:
    assert failure(lambda client, _over: client.sendall(bytes(10_000_000)), trust) == "not TLS"


def test_a_reset_is_told(trust: tls.Trust) -> None:
    def reset(client: socket.socket, _over: Event) -> None:
        client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert failure(reset, trust) == "connection reset"


def test_a_server_that_stops_in_the_middle_is_told(trust: tls.Trust) -> None:
    def stop(client: socket.socket, _over: Event) -> None:
        client.recv(16_384)
        client.sendall(b"\x16\x03\x03\x40\x00\x02")

    assert failure(stop, trust) == "closed in the middle of the handshake"


def test_a_plain_http_server_does_not_speak_tls(trust: tls.Trust) -> None:
    def answer(client: socket.socket, _over: Event) -> None:
        client.recv(16_384)
        client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    assert failure(answer, trust) == "not TLS"


def test_a_closed_port_is_a_finding(trust: tls.Trust) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = scan(VALID, port, trust)
    assert (found.faults, found.address) == ((Fault.UNREACHABLE,), "127.0.0.1")
    assert found.message == "No TLS connection could be made: connection refused."


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
def test_a_server_of_tls_1_0_alone_is_seen_and_told(authority: Authority, trust: tls.Trust, tmp_path: Path) -> None:
    context = context_for(authority.key_pem + authority.chain_pem(ENDPOINTS[Chain.VALID]), tmp_path)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    seen = asked(speaking(context), trust)
    assert certificates.assess(seen, now=NOW).faults == (Fault.OLD_PROTOCOL,)


def test_a_server_that_wants_a_client_certificate_has_shown_its_own(
    authority: Authority, trust: tls.Trust, tmp_path: Path
) -> None:
    context = context_for(authority.key_pem + authority.chain_pem(ENDPOINTS[Chain.VALID]), tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    found = certificates.assess(asked(speaking(context), trust), now=NOW)
    assert (found.faults, found.not_after) == ((Fault.UNVERIFIED,), ENDPOINTS[Chain.VALID].not_after)


def test_a_long_chain_is_kept_in_part(authority: Authority, trust: tls.Trust, tmp_path: Path) -> None:
    leaf_and_issuer = authority.chain_pem(ENDPOINTS[Chain.VALID])
    context = context_for(authority.key_pem + leaf_and_issuer + authority.root_pem * 50, tmp_path)
    seen = asked(speaking(context), trust)
    assert (len(seen.chain), seen.failure, seen.verify_errors) == (tls.MOST_CERTIFICATES, None, ())


def test_a_chain_of_a_megabyte_is_refused(authority: Authority, trust: tls.Trust, tmp_path: Path) -> None:
    leaf_and_issuer = authority.chain_pem(ENDPOINTS[Chain.VALID])
    context = context_for(authority.key_pem + leaf_and_issuer + authority.root_pem * 2500, tmp_path)
    assert failure(speaking(context), trust) == "handshake failed: excessive message size"


def test_a_hostile_subject_comes_back_printable(trust: tls.Trust, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\x00\x1b[31m\r\nSet-Cookie: x"
    found = certificates.assess(asked(speaking(context_for(by_itself(hostile), tmp_path)), trust), now=NOW)
    assert found.faults == (Fault.SELF_SIGNED,)
    assert found.subject.isprintable()
    assert "script" in found.subject


def test_errors_of_one_connection_never_show_in_another(server: TlsServer, trust: tls.Trust) -> None:
    def its_own(chain: Chain) -> tuple[Chain, tuple[Fault, ...]]:
        return chain, scan(ENDPOINTS[chain].host, server.port, trust, deadline_s=30).faults

    chains = list(Chain) * 32
    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(its_own, chains)) == [(chain, FAULTS[chain]) for chain in chains]
    assert server.connections == len(chains)


def test_a_forbidden_address_is_refused_before_anything_is_sent(server: TlsServer, trust: tls.Trust) -> None:
    with pytest.raises(Rejected):
        tls.fetch("127.0.0.1", server.port, guard=Guard(), deadline_s=1, trust=trust)
    assert server.connections == 0


@pytest.mark.parametrize("host", ["", "two words", "a\x00b.test", "x" * 300])
def test_what_is_no_host_name_is_rejected(host: str, trust: tls.Trust) -> None:
    with pytest.raises(Rejected):
        tls.fetch(host, 443, guard=GUARD, deadline_s=1, trust=trust)


@dataclass(frozen=True)
class Resolver(Guard):
    """A guard whose name server answers with an error."""

    error: Exception = field(kw_only=True)

    def resolve(self, *_asked: object, **_limits: object) -> list[Address]:
        raise self.error


def test_a_name_that_does_not_exist_is_a_finding(trust: tls.Trust) -> None:
    seen = tls.fetch("gone.test", 443, guard=Resolver(error=NoSuchName("gone.test")), deadline_s=1, trust=trust)
    assert certificates.assess(seen, now=NOW).faults == (Fault.UNREACHABLE,)


def test_a_name_server_that_cannot_say_now_is_not_the_targets_fault(trust: tls.Trust) -> None:
    with pytest.raises(Unavailable):
        tls.fetch("later.test", 443, guard=Resolver(error=Unavailable("try again")), deadline_s=1, trust=trust)


def test_a_missing_trust_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.pem holds no certificates"):
        tls.Trust(tmp_path / "none.pem")


def test_a_stopped_server_leaves_nothing_behind(authority: Authority, trust: tls.Trust) -> None:
    threads = active_count()
    conduct = Conduct(default=Behaviour.SILENT)
    with (
        TlsServer(ENDPOINTS.values(), authority, conduct) as server,
        socket.create_connection(("127.0.0.1", server.port)) as waiting,
    ):
        waiting.sendall(b"\x16\x03\x01")
    assert active_count() == threads
    assert scan(VALID, server.port, trust).message.endswith("connection refused.")
