from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from integrations import tls
from integrations.guard import Guard
from rules.certificates.faults import FaultKind
from rules.certificates.observation import AddressObservation, Protocol, ScanFailure, ScanTarget
from sandbox import pki
from sandbox.pki import Issuer
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
    server: StarttlsServer, manner: Manner, protocols: tuple[Protocol, ...] = ALL, *, deadline_s: float = 10
) -> dict[Protocol, AddressObservation]:
    """What each protocol's server shows in this manner, all asked at once."""
    server.manner = manner
    targets = [ScanTarget(host=HOST, port=server.ports[each], protocol=each) for each in protocols]
    observations = list(tls.scan_many(targets, guard=GUARD, deadline_s=deadline_s))
    assert len(observations) == len(targets)
    return {one.target.protocol: one.addresses[0] for one in observations}


def failures(
    server: StarttlsServer, manner: Manner, protocols: tuple[Protocol, ...] = ALL, *, deadline_s: float = 10
) -> dict[Protocol, ScanFailure]:
    found = scanned(server, manner, protocols, deadline_s=deadline_s)
    return {protocol: seen.failure for protocol, seen in found.items() if seen.failure}


def test_every_protocol_comes_to_tls(server: StarttlsServer, leaf: Issuer) -> None:
    for protocol, seen in scanned(server, Manner.CONSENTS).items():
        assert (protocol, seen.failure, seen.chain) == (protocol, None, (leaf.certificate,))
        assert (seen.tls_version, seen.hsts) == ("TLSv1.3", None)


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
    assert found[Protocol.FTP] == ScanFailure(FaultKind.NO_STARTTLS, 'asked for TLS, it answers "500 what?"')


def test_a_refusal_is_told_in_the_servers_words(server: StarttlsServer) -> None:
    found = failures(server, Manner.REFUSES)
    assert {protocol: failure.kind for protocol, failure in found.items()} == dict.fromkeys(ALL, FaultKind.NO_STARTTLS)
    assert found[Protocol.SMTP].reason == 'asked for TLS, it answers "454 TLS not available due to temporary reason"'
    assert found[Protocol.LDAP].reason == 'asked for TLS, it answers "result 52: no TLS for you"'
    assert found[Protocol.IMAP].reason == 'asked for TLS, it answers "a2 NO not today"'


def test_who_is_turned_away_by_the_greeting_is_told_so(server: StarttlsServer) -> None:
    greeting = tuple(each for each in ALL if each not in AT_ONCE)
    found = failures(server, Manner.TURNS_AWAY, greeting)
    assert {protocol: failure.kind for protocol, failure in found.items()} == dict.fromkeys(
        greeting, FaultKind.NO_STARTTLS
    )
    assert all(failure.reason.startswith("it turns us away") for failure in found.values())
    assert "is not allowed" in found[Protocol.MYSQL].reason


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
    assert failures(server, Manner.SILENT, deadline_s=0.3) == dict.fromkeys(
        ALL, ScanFailure(FaultKind.UNREACHABLE, "silent")
    )


def test_another_protocol_is_named_and_quoted(server: StarttlsServer) -> None:
    found = failures(server, Manner.ANOTHER)
    assert {protocol: failure.kind for protocol, failure in found.items()} == dict.fromkeys(ALL, FaultKind.NOT_TLS)
    assert all(failure.reason.isprintable() for failure in found.values())
    assert found[Protocol.POP3].reason.startswith("it does not speak POP3: it says")
    assert "SSH-2.0-sandbox" in found[Protocol.SMTP].reason
