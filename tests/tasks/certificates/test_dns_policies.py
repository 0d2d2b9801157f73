"""What is asked beside the handshake: revocation lists and issuers of authorities, CAA and TLSA of the DNS."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

import settings
from db.portfolio import endpoints as store
from db.portfolio.endpoints import Endpoint
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.observation import ScanTarget
from sandbox import pki, revocation
from sandbox.dns import HOSTING, Trick, Zone
from sandbox.world import World
from tasks import certificates, outside
from tasks.certificates import dns_policies
from tests.support.hostile import Hostile, says
from tests.support.worker import Worker
from tests.tasks.certificates.test_scanning import finding, kinds, scan, start, truth

# What the databases do with it is tested in tests/db.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
Sandbox = Callable[..., World]
HOST = "www.bakery.test"


def ok(body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


@dataclass
class Served:
    """An endpoint of an authority that publishes its own certificate and a revocation list."""

    world: World
    endpoint_id: int
    authority: Hostile
    issuer: pki.Issuer
    leaf: pki.Issuer

    def publish(self, body: bytes) -> None:
        self.authority.play = says(ok(body))


@pytest.fixture
def served(sandbox: Sandbox, tmp_path: Path) -> Iterator[Served]:
    world, (endpoint_id,) = start(sandbox, truth())
    with Hostile(says(ok(b""))) as authority:
        url = f"http://127.0.0.1:{authority.server_address[1]}/published"
        root = pki.root("Own Root")
        issuer = root.authority("Own Issuer")
        leaf = issuer.leaf(HOST, issuers_at=(url,), crls_at=(url,))
        (tmp_path / "roots.pem").write_bytes(root.pem)
        with settings.override(ca_file=tmp_path / "roots.pem"):
            outside.roots.cache_clear()
            yield Served(world, endpoint_id, authority, issuer, leaf)


def serve(served: Served, folder: Path, *chain: bytes) -> None:
    """Have the sandbox's server send these certificates for the host."""
    file = folder / "served.pem"
    file.write_bytes(served.leaf.key_pem + pki.pem(*chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    served.world.tls._contexts[HOST] = context


def test_a_certificate_that_its_authority_took_back_is_revoked(served: Served, worker: Worker, tmp_path: Path) -> None:
    serve(served, tmp_path, served.leaf.certificate, served.issuer.certificate)
    served.publish(revocation.crl(served.issuer))
    scan(worker, served.endpoint_id, at=datetime.now(UTC))
    assert kinds(served.endpoint_id) == ()
    served.publish(revocation.crl(served.issuer, [served.leaf]))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1)):
        scan(worker, served.endpoint_id, at=datetime.now(UTC))
    assert FaultKind.REVOKED in kinds(served.endpoint_id)
    assert len(served.authority.heard) == 2


def test_that_a_list_cannot_be_had_is_a_note_and_is_not_waited_for_again(
    served: Served, worker: Worker, tmp_path: Path
) -> None:
    serve(served, tmp_path, served.leaf.certificate, served.issuer.certificate)
    for _ in range(3):
        scan(worker, served.endpoint_id, at=datetime.now(UTC))
    told = {one.kind: one.severity for one in finding(served.endpoint_id).faults}
    assert told == {FaultKind.REVOCATION_UNKNOWN: Severity.NOTE}
    assert len(served.authority.heard) == 1


def test_what_the_server_lacks_is_fetched_to_see_whether_that_would_mend_it(served: Served, tmp_path: Path) -> None:
    serve(served, tmp_path, served.leaf.certificate)
    served.publish(served.issuer.certificate)
    seen = certificates.scan_now(ScanTarget(host=HOST, port=served.world.tls.port))
    assert seen.issuers == (served.issuer.certificate,)
    assert FaultKind.INCOMPLETE_CHAIN in seen.finding.kinds
    served.publish(b"<html>")
    seen = certificates.scan_now(ScanTarget(host=HOST, port=served.world.tls.port))
    assert seen.issuers == ()
    assert {FaultKind.INCOMPLETE_CHAIN, FaultKind.UNKNOWN_ISSUER} & set(seen.finding.kinds)


class TestPolicies:
    """CAA and TLSA records of the endpoint's own name."""

    @pytest.fixture
    def endpoint(self, sandbox: Sandbox) -> Callable[[], Endpoint]:
        self.world, (endpoint_id,) = start(sandbox, truth())
        self.zone('@ IN CAA 0 issue "ca.test"')
        return lambda: store.get(endpoint_id)

    def zone(self, text: str) -> None:
        soa = "@ IN SOA ns.bakery.test. h.bakery.test. 1 60 60 60 60\n"
        top = Zone("test", HOSTING, "bakery IN NS ns.bakery.test.")
        self.world.dns.zones = [top, Zone("bakery.test", HOSTING, soa + text)]

    def asked(self) -> int:
        return sum(number for (_, name, _), number in self.world.dns.requests.items() if name == HOST)

    def test_a_batch_whose_budget_is_used_up_asks_nobody(self, endpoint: Callable[[], Endpoint]) -> None:
        kept = DnsPolicy(caa=("0 issue kept.test",))
        asking = replace(endpoint(), dns_policy=kept)
        assert dns_policies.DnsPolicies(budget_s=0).of([asking]) == {asking.id: kept}
        assert self.asked() == 0

    def test_what_one_group_has_waited_is_taken_from_the_budget_of_the_next(
        self, endpoint: Callable[[], Endpoint]
    ) -> None:
        self.world.dns.play(Trick.SILENT, HOST)
        policies = dns_policies.DnsPolicies(budget_s=0.2)
        counts = [self.asked()]
        for _ in range(100):
            policies.of([endpoint()])
            counts.append(self.asked())
            if counts[-1] == counts[-2] > counts[0]:
                return
        pytest.fail("a name server that is silent does not use the budget up")

    def test_one_group_waits_no_longer_than_the_budget_has_left(
        self, endpoint: Callable[[], Endpoint], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []

        def asked(targets: Sequence[ScanTarget], *, deadline_s: float) -> list[DnsPolicy]:
            waits.append(deadline_s)
            return [DnsPolicy() for _ in targets]

        monkeypatch.setattr(dns_policies, "ask", asked)
        dns_policies.DnsPolicies(budget_s=0.2).of([endpoint()])
        dns_policies.DnsPolicies(budget_s=900).of([endpoint()])
        assert waits == [0.2, dns_policies._ROUND_S]

    @pytest.mark.usefixtures("database")
    def test_what_was_kept_stands_where_only_the_other_half_is_answered(self) -> None:
        kept = DnsPolicy(caa=("0 issue kept.test",), tlsa=("3 1 1 ab",), tlsa_secure=True)
        joined = dns_policies._joined(kept, DnsPolicy(caa=None, tlsa=("3 1 1 cd",)))
        assert (joined.caa, joined.tlsa) == (kept.caa, ("3 1 1 cd",))
        joined = dns_policies._joined(kept, DnsPolicy(caa=(), tlsa=None))
        assert (joined.caa, joined.tlsa, joined.tlsa_secure) == ((), kept.tlsa, True)

    def test_they_are_asked_once_a_day(self, endpoint: Callable[[], Endpoint], worker: Worker) -> None:
        now = datetime.now(UTC)
        for hours, times in ((0, 1), (1, 1), (25, 2)):
            scan(worker, endpoint().id, at=now + timedelta(hours=hours))
            assert self.asked() == times
        known = endpoint().known
        assert known
        assert (known.caa, known.tlsa) == (('0 issue "ca.test"',), ())

    def test_where_nobody_answers_what_was_said_before_stands_and_is_asked_again_soon(
        self, endpoint: Callable[[], Endpoint], worker: Worker
    ) -> None:
        now = datetime.now(UTC)
        scan(worker, endpoint().id, at=now)
        self.world.dns.play(Trick.SERVFAIL, HOST)
        for hours in (25, 26):
            scan(worker, endpoint().id, at=now + timedelta(hours=hours))
            assert endpoint().dns_policy == DnsPolicy(caa=('0 issue "ca.test"',), tlsa=())
        assert self.asked() > 2
        at = endpoint().dns_policy_at
        assert at
        assert at < now + timedelta(hours=1)
