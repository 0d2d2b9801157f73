import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import Future
from ipaddress import ip_network
from threading import Event, Thread

import pytest

from integrations import tls
from integrations.guard import Guard
from integrations.tls.address_scan import MailManners
from integrations.tls.starttls.farewells import take_leave
from rules.certificates.faults import FaultKind
from rules.certificates.observation import AddressObservation, Protocol, ScanFailure, ScanTarget
from sandbox import pki
from sandbox.configurations.configuration import Configuration
from sandbox.pki import Issuer
from sandbox.served import TlsServers
from tests.support.starttls import Manner, StarttlsServer

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),), hosts={"*.sandbox.test": "127.0.0.1"})
HOST = "mail.sandbox.test"
ALL = tuple(protocol for protocol in Protocol if protocol is not Protocol.TLS)

AT_ONCE = {Protocol.LDAP, Protocol.XMPP, Protocol.POSTGRES}
"""Here it is the client who begins, so nobody is turned away by a greeting."""


@pytest.fixture(scope="module")
def leaf() -> Issuer:
    return pki.self_signed(HOST)


@pytest.fixture(scope="module")
def server(leaf: Issuer) -> Iterator[StarttlsServer]:
    with StarttlsServer(leaf) as running:
        yield running


def scanned(
    server: StarttlsServer,
    manner: Manner,
    protocols: tuple[Protocol, ...] = ALL,
    *,
    deadline_s: float = 10,
    mail: MailManners = tls.MAIL,
) -> dict[Protocol, AddressObservation]:
    """What each protocol's server shows in this manner, all asked at once."""
    server.manner = manner
    targets = [ScanTarget(host=HOST, port=server.ports[each], protocol=each) for each in protocols]
    observations = list(tls.scan_many(targets, guard=GUARD, deadline_s=deadline_s, mail=mail))
    assert len(observations) == len(targets)
    return {one.target.protocol: one.addresses[0] for one in observations}


def failures(
    server: StarttlsServer,
    manner: Manner,
    protocols: tuple[Protocol, ...] = ALL,
    *,
    deadline_s: float = 10,
    mail: MailManners = tls.MAIL,
) -> dict[Protocol, ScanFailure]:
    found = scanned(server, manner, protocols, deadline_s=deadline_s, mail=mail)
    return {protocol: seen.failure for protocol, seen in found.items() if seen.failure}


def test_every_protocol_comes_to_tls(server: StarttlsServer, leaf: Issuer) -> None:
    for protocol, seen in scanned(server, Manner.CONSENTS).items():
        assert (protocol, seen.failure, seen.chain) == (protocol, None, (leaf.certificate,))
        assert (seen.tls_version, seen.hsts) == ("TLSv1.3", None)


def test_every_protocol_is_ended_in_its_own_words(server: StarttlsServer) -> None:
    server.partings.clear()
    scanned(server, Manner.CONSENTS)
    said = server.partings
    mail = (Protocol.SMTP, Protocol.SUBMISSION, Protocol.POP3, Protocol.FTP, Protocol.NNTP)
    assert {said[each] for each in mail} == {b"QUIT\r\n"}
    assert said[Protocol.IMAP].endswith(b" LOGOUT\r\n")
    assert said[Protocol.SIEVE] == b"LOGOUT\r\n"
    assert said[Protocol.LDAP] == bytes.fromhex("30050201034200")
    assert Protocol.POSTGRES not in said
    login = said[Protocol.MYSQL]
    assert (int.from_bytes(login[:3], "little"), login[3]) == (len(login) - 4, 2)
    assert login[4 + 32 :].startswith(b"nolapse-scan\0\0")


class Replies:
    """A stream of a MySQL server that answers so; ``sent`` is what it was told."""

    def __init__(self, *answers: bytes) -> None:
        self.sent: list[bytes] = []
        self._answers = list(answers)

    async def send(self, data: bytes) -> None:
        self.sent.append(data)

    async def receive(self) -> bytes:
        return self._answers.pop(0)


DENIED = b"\x04\0\0\x02\xff\x15\x04#"
SWITCH = b"\x03\0\0\x02\xfex\0"


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ((DENIED,), []),
        ((DENIED[:3], DENIED[3:]), []),
        ((SWITCH, DENIED), [b"\x01\0\0\x03\0"]),
        ((b"\x03\0\0\x02\0\0\0",), [b"\x01\0\0\0\x01"]),
    ],
    ids=["denied", "denied in pieces", "asked in another way", "anybody may"],
)
def test_a_login_to_mysql_goes_on_until_it_is_refused(answers: tuple[bytes, ...], more: list[bytes]) -> None:
    stream = Replies(*answers)
    asyncio.run(take_leave(Protocol.MYSQL, stream, under_tls=True))
    assert stream.sent[1:] == more


def test_tls_that_is_not_offered_is_told_with_what_is(server: StarttlsServer) -> None:
    offering = tuple(each for each in ALL if each not in {Protocol.LDAP, Protocol.POSTGRES, Protocol.FTP})
    found = failures(server, Manner.OFFERS_NONE, offering)
    assert {protocol: failure.kind for protocol, failure in found.items()} == dict.fromkeys(
        offering, FaultKind.NO_STARTTLS
    )
    assert all(failure.reason.startswith("it does not offer TLS; it says") for failure in found.values())
    assert "8BITMIME" in found[Protocol.SMTP].reason
    assert "8.4.0-sandbox" in found[Protocol.MYSQL].reason


def test_ftp_that_does_not_know_the_command_has_no_tls(server: StarttlsServer) -> None:
    found = failures(server, Manner.OFFERS_NONE, (Protocol.FTP,))
    assert found[Protocol.FTP] == ScanFailure(FaultKind.NO_STARTTLS, 'asked for TLS, it answers "500 what?"', "refused")


def test_a_refusal_is_told_in_the_servers_words(server: StarttlsServer) -> None:
    found = failures(server, Manner.REFUSES)
    for_now = {Protocol.SMTP, Protocol.SUBMISSION, Protocol.FTP, Protocol.LDAP}
    assert {protocol for protocol, failure in found.items() if failure.kind is FaultKind.NOT_NOW} == for_now
    assert {failure.kind for protocol, failure in found.items() if protocol not in for_now} == {FaultKind.NO_STARTTLS}
    assert found[Protocol.SMTP].reason == 'it says "454 TLS not available due to temporary reason"'
    assert found[Protocol.LDAP].reason == 'it says "result 52: no TLS for you"'
    assert found[Protocol.IMAP].reason == 'asked for TLS, it answers "a2 NO not today"'


def test_who_is_turned_away_by_the_greeting_has_seen_nothing(server: StarttlsServer) -> None:
    server.manner = Manner.TURNS_AWAY
    greeting = tuple(each for each in ALL if each not in {*AT_ONCE, Protocol.FTP})
    targets = [ScanTarget(host=HOST, port=server.ports[each], protocol=each) for each in greeting]
    found = {one.target.protocol: one for one in tls.scan_many(targets, guard=GUARD, deadline_s=10)}
    assert all(one.addresses == () for one in found.values())
    assert all((one.trouble or "").startswith("we could not look: it turns our address away") for one in found.values())
    assert "is not allowed" in (found[Protocol.MYSQL].trouble or "")


def _error(code: int, words: bytes) -> bytes:
    return (3 + len(words)).to_bytes(3, "little") + b"\0\xff" + code.to_bytes(2, "little") + words


def _postgres_error(code: bytes, words: bytes) -> bytes:
    fields = b"SFATAL\0C" + code + b"\0M" + words + b"\0\0"
    return b"E" + (4 + len(fields)).to_bytes(4) + fields


HELLO, GO = b"220 x ESMTP\r\n", b"250-x\r\n250 STARTTLS\r\n"
STREAM = b"<stream:stream><stream:error><%s/></stream:error></stream:stream>"
CAPABLE = (b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n")
FOR_NOW: list[tuple[Protocol, tuple[bytes, ...]]] = [
    (Protocol.SMTP, (b"421 4.3.2 too many connections\r\n",)),
    (Protocol.SMTP, (b"450 4.7.1 wait\r\n",)),
    (Protocol.SUBMISSION, (HELLO, b"450 4.3.2 try again\r\n")),
    (Protocol.SMTP, (HELLO, GO, b"454 4.7.0 TLS not available\r\n")),
    (Protocol.FTP, (b"421 Too many users\r\n",)),
    (Protocol.FTP, (b"220 x\r\n", b"431 no resource\r\n")),
    (Protocol.NNTP, (b"400 not at this time\r\n",)),
    (Protocol.POP3, (b"-ERR [SYS/TEMP] no disk\r\n",)),
    (Protocol.POP3, (b"+OK x\r\n", b"+OK\r\nSTLS\r\n.\r\n", b"-ERR [SYS/TEMP] later\r\n")),
    (Protocol.IMAP, (b"* BYE [UNAVAILABLE] down\r\n",)),
    (Protocol.IMAP, (b"* OK x\r\n", b"a1 NO [UNAVAILABLE] backend\r\n")),
    (Protocol.IMAP, (*CAPABLE, b"a2 NO [UNAVAILABLE] backend\r\n")),
    (Protocol.SIEVE, (b'BYE (TRYLATER) "no"\r\n',)),
    (Protocol.MYSQL, (_error(1040, b"#08004Too many connections"),)),
    (Protocol.POSTGRES, (b"", _postgres_error(b"53300", b"sorry, too many clients already"))),
    (Protocol.POSTGRES, (b"", _postgres_error(b"57P03", b"the database system is starting up"))),
    (Protocol.XMPP, (b"", STREAM % b"resource-constraint")),
    (Protocol.XMPP, (b"", STREAM % b"see-other-host")),
    (Protocol.IMAP, (b"* OK x\r\n", b"* BYE [UNAVAILABLE] shutting down\r\n")),
    (Protocol.IMAP, (*CAPABLE, b"* BYE too many connections\r\n")),
    (Protocol.SIEVE, (b'"STARTTLS"\r\nOK\r\n', b'BYE (TRYLATER) "no"\r\n')),
]
NOT_US: list[tuple[Protocol, tuple[bytes, ...]]] = [
    (Protocol.SMTP, (b"554 5.7.1 blocked, see https://list.test\r\n",)),
    (Protocol.SMTP, (HELLO, b"550 5.7.1 your address is listed\r\n")),
    (Protocol.SMTP, (HELLO, b"501 5.5.2 name refused\r\n")),
    (Protocol.SMTP, (HELLO, b"504 5.5.2 <[192.0.2.1]>: Helo command rejected: need fully-qualified hostname\r\n")),
    (Protocol.SMTP, (HELLO, GO, b"554 5.7.1 client host rejected: access denied\r\n")),
    (Protocol.IMAP, (*CAPABLE, b"a2 NO your address is blocked\r\n")),
    (Protocol.SIEVE, (b'"STARTTLS"\r\nOK\r\n', b'BYE "go away"\r\n')),
    (Protocol.FTP, (b"530 not from there\r\n",)),
    (Protocol.POP3, (b"-ERR not from there\r\n",)),
    (Protocol.IMAP, (b"* BYE not from there\r\n",)),
    (Protocol.MYSQL, (_error(1129, b"#HY000Host '192.0.2.1' is blocked because of many connection errors"),)),
    (Protocol.MYSQL, (_error(1130, b"#HY000Host '192.0.2.1' is not allowed to connect"),)),
    (Protocol.POSTGRES, (b"", _postgres_error(b"28000", b"no pg_hba.conf entry for host"))),
    (Protocol.XMPP, (b"", STREAM % b"policy-violation")),
]
FOR_GOOD: list[tuple[Protocol, tuple[bytes, ...]]] = [
    (Protocol.SMTP, (HELLO, b"250-x\r\n250 SIZE\r\n")),
    (Protocol.SMTP, (HELLO, b"502 EHLO is not known\r\n")),
    (Protocol.SMTP, (HELLO, GO, b"554 5.7.3 no certificate\r\n")),
    (Protocol.IMAP, (b"* PREAUTH welcome\r\n",)),
    (Protocol.POSTGRES, (b"", b"N")),
]


@pytest.mark.parametrize(
    ("cases", "expected"), [(FOR_NOW, FaultKind.NOT_NOW), (NOT_US, None), (FOR_GOOD, FaultKind.NO_STARTTLS)]
)
def test_not_now_and_not_you_are_told_from_not_at_all(
    cases: list[tuple[Protocol, tuple[bytes, ...]]], expected: FaultKind | None
) -> None:
    names = [f"case-{number}" for number, _ in enumerate(cases)]
    made = [
        Configuration(name=name, host=HOST, protocol=protocol, preface=preface)
        for name, (protocol, preface) in zip(names, cases, strict=True)
    ]
    with TlsServers(made) as servers:
        targets = [ScanTarget(host=HOST, port=servers.ports[one.name], protocol=one.protocol) for one in made]
        found = {one.target.port: one for one in tls.scan_many(targets, guard=GUARD, deadline_s=10)}
    for one, target in zip(made, targets, strict=True):
        kinds = {each.failure.kind for each in found[target.port].addresses if each.failure}
        assert kinds == ({expected} if expected else set()), (one.protocol, one.preface)
        assert bool(found[target.port].trouble) is (expected is None), (one.protocol, one.preface)


def test_an_offer_may_have_parameters(leaf: Issuer) -> None:
    preface = (b"220 x\r\n", b"250-x\r\n250-STARTTLS REQUIRED\r\n250 SIZE\r\n", b"220 go\r\n")
    one = Configuration(name="x", host=HOST, protocol=Protocol.SMTP, preface=preface, leaves=(leaf,))
    with TlsServers([one]) as servers:
        target = ScanTarget(host=HOST, port=servers.ports["x"], protocol=Protocol.SMTP)
        (found,) = tls.scan_many([target], guard=GUARD, deadline_s=10)
    assert [each.failure for each in found.addresses] == [None]


def test_a_mail_server_may_take_its_time_and_is_greeted_by_the_name_that_is_set() -> None:
    late, heard = Event(), Future[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                late.wait(1.5)
                connection.sendall(HELLO)
                heard.set_result(connection.recv(100))

        Thread(target=greet, daemon=True).start()
        target = ScanTarget(host=HOST, port=listener.getsockname()[1], protocol=Protocol.SMTP)
        mail = MailManners("scanner.agency.test", greeting_s=20)
        list(tls.scan_many([target], guard=GUARD, deadline_s=1, mail=mail))
        assert heard.result(10) == b"EHLO scanner.agency.test\r\n"


def test_plain_text_after_the_consent_is_an_injection(server: StarttlsServer) -> None:
    found = failures(server, Manner.INJECTS)
    assert {protocol: failure.kind for protocol, failure in found.items()} == dict.fromkeys(
        ALL, FaultKind.HANDSHAKE_FAILED
    )
    assert all("plain text after its consent" in failure.reason for failure in found.values())
    assert all("250 injected" in failure.reason for failure in found.values())


def test_a_greeting_without_end_is_cut_off(server: StarttlsServer) -> None:
    found = failures(server, Manner.ENDLESS, deadline_s=60)
    assert set(found) == set(ALL)
    assert {failure.kind for failure in found.values()} <= {FaultKind.NOT_TLS, FaultKind.NO_STARTTLS}
    assert "does not come to TLS" in found[Protocol.SMTP].reason
    assert "does not come to TLS" in found[Protocol.XMPP].reason
    assert "a line of more than" in found[Protocol.IMAP].reason


def test_silence_ends_at_the_deadline(server: StarttlsServer) -> None:
    found = failures(server, Manner.SILENT, deadline_s=0.3, mail=MailManners(greeting_s=0.1))
    assert found == dict.fromkeys(ALL, ScanFailure(FaultKind.UNREACHABLE, "silent"))


def test_another_protocol_is_named_and_quoted(server: StarttlsServer) -> None:
    found = failures(server, Manner.ANOTHER)
    assert {protocol: failure.kind for protocol, failure in found.items()} == dict.fromkeys(ALL, FaultKind.NOT_TLS)
    assert all(failure.reason.isprintable() for failure in found.values())
    assert found[Protocol.POP3].reason.startswith("it does not speak POP3: it says")
    assert "SSH-2.0-sandbox" in found[Protocol.SMTP].reason
