"""Endpoints and their scans: what is found is kept once, what we could not find out says nothing of the endpoint."""

from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.outside import downloads
from db.portfolio import certificates, clients, endpoints, scans
from db.portfolio import endpoint_lists as views
from db.portfolio.clients import Client
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import FaultKind, fault
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, Grade
from rules.certificates.observation import Protocol
from tests.support import scans as stored_scans
from tests.support import stored_events

pytestmark = pytest.mark.usefixtures("ledger")
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def enter(number: int = 1) -> list[int]:
    with connection.transaction():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        return [endpoints.add(f"host-{one}.test", 443, client_id=client_id)[0] for one in range(number)]


def leaf(serial: str = "01", *, days: float = 60) -> ChainLink:
    return ChainLink(
        role=ChainRole.LEAF,
        sent=True,
        subject="CN=host-0.test",
        issuer="CN=Example CA",
        serial=serial,
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=days),
        names=("host-0.test",),
        key="EC-256",
        key_id="aa",
        signature="ecdsa-with-SHA256",
        fingerprint=serial * 32,
    )


def finding(*kinds: FaultKind, serial: str = "01") -> Finding:
    faults = tuple(fault(kind, "leaf", depth=0) for kind in kinds)
    shown = leaf(serial)
    return Finding(
        host="host-0.test",
        port=443,
        protocol=Protocol.TLS,
        grade=Grade.REFUSED if kinds else Grade.SOUND,
        faults=faults,
        leaf=shown,
        addresses=(AddressFinding(address="192.0.2.1", faults=faults, chain=(shown,)),),
    )


def test_what_is_found_is_kept_as_it_was_found() -> None:
    (number,) = enter()
    stored_scans.save(endpoints.get(number), finding(FaultKind.WRONG_HOST), at=NOW, slow=True)
    found = endpoints.get(number)
    assert found.known == finding(FaultKind.WRONG_HOST)
    assert (found.checked_at, found.slow, found.failure) == (NOW, True, None)
    assert found.history.open == (FaultKind.WRONG_HOST,)
    assert [one.fingerprint for one in found.history.served] == ["01" * 32]
    assert found.next_scan_at
    assert found.next_scan_at > NOW
    (shown,) = views.LIST.page().rows
    assert (shown.known, shown.history.served) == (finding(FaultKind.WRONG_HOST), ())
    (scan,) = views.scans(number)
    assert (scan.ok, scan.grade, scan.faults) == (False, Grade.REFUSED, (FaultKind.WRONG_HOST,))


def test_each_certificate_is_kept_once_with_when_it_was_seen() -> None:
    (number,) = enter()
    for hours, serial in ((0, "01"), (1, "01"), (2, "02")):
        stored_scans.save(endpoints.get(number), finding(serial=serial), at=NOW + timedelta(hours=hours))
    newest, old = certificates.of(number)
    assert (old.serial, old.first_seen_at, old.last_seen_at) == ("01", NOW, NOW + timedelta(hours=1))
    assert (newest.serial, newest.first_seen_at) == ("02", NOW + timedelta(hours=2))
    assert "certificate_changed" in {one.kind for one in stored_events.of("endpoint", number)}
    assert certificates.served([number + 1]) == {}


def test_our_own_trouble_leaves_what_is_known_and_is_tried_again_soon_and_later_each_time() -> None:
    (number,) = enter()
    stored_scans.save(endpoints.get(number), finding(), at=NOW)
    moments: list[datetime | None] = []
    for _ in range(6):
        stored_scans.fail(endpoints.get(number), "no name server\0 answers", at=NOW)
        moments.append(endpoints.get(number).next_scan_at)
    assert moments == [NOW + timedelta(minutes=wait) for wait in (5, 10, 20, 40, 60, 60)]
    found = endpoints.get(number)
    assert (found.known, found.checked_at) == (finding(), NOW)
    assert (found.failure, found.failures, found.failed_at) == ("no name server answers", 6, NOW)
    assert stored_events.of("endpoint", number) == []
    assert len(views.scans(number)) == 1
    stored_scans.save(found, finding(), at=NOW)
    assert (endpoints.get(number).failure, endpoints.get(number).failures) == (None, 0)


def test_trouble_before_the_first_scan_is_no_finding() -> None:
    (number,) = enter()
    stored_scans.fail(endpoints.get(number), "no way out of here", at=NOW)
    found = endpoints.get(number)
    assert (found.known, found.failure) == (None, "no way out of here")
    (shown,) = views.LIST.page().rows
    assert (shown.known, shown.failure) == (None, "no way out of here")
    assert endpoints.faults() == {"unchecked": 1}
    assert views.LIST.page(faulty=True).rows == ()


def test_what_is_queued_is_not_due_until_it_was_scanned_or_its_job_is_long_gone() -> None:
    first, second, third = enter(3)
    assert scans.due_after(0, 10, now=NOW) == [first, second, third]
    assert scans.queue([first, second], at=NOW) == set()
    for due in (scans.due_after, scans.idle_after):
        assert due(0, 10, now=NOW + timedelta(minutes=1)) == [third]
        assert due(0, 10, now=NOW + timedelta(hours=1)) == [first, second, third]
        assert due(first, 1, now=NOW + timedelta(hours=1)) == [second]
    stored_scans.save(endpoints.get(first), finding(), at=NOW, slow=True)
    assert scans.due_after(0, 10, now=NOW + timedelta(minutes=1)) == [third]
    assert scans.idle_after(0, 10, now=NOW + timedelta(minutes=1)) == [first, third]
    assert scans.due_after(0, 10, now=NOW + timedelta(days=2)) == [first, second, third]
    assert scans.queue([first, second, third, 999], at=NOW) == {first}, "who was slow is told apart"


def test_what_the_dns_says_is_kept_with_when_it_was_asked() -> None:
    (number,) = enter()
    assert endpoints.get(number).dns_policy == DnsPolicy()
    said = DnsPolicy(caa=('0 issue "ca.test"',), tlsa=(), tlsa_secure=True)
    scans.keep_dns_policy(number, said, at=NOW)
    found = endpoints.get(number)
    assert (found.dns_policy, found.dns_policy_at) == (said, NOW)


def test_one_host_is_watched_with_several_server_names() -> None:
    with connection.transaction():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        one, _ = endpoints.add("192.0.2.1", 443, client_id=client_id, server_name="www.bakery.test", alpn=["h2"])
        assert endpoints.add("192.0.2.1", 443, client_id=client_id, server_name="www.bakery.test") == (one, False)
        other, is_new = endpoints.add("192.0.2.1", 443, client_id=client_id)
    assert is_new
    target = endpoints.get(one).target
    assert (target.host, target.server_name, target.alpn, target.name) == (
        "192.0.2.1",
        "www.bakery.test",
        ("h2",),
        "www.bakery.test",
    )
    assert endpoints.get(other).target.name == "192.0.2.1"


class TestDownloads:
    URL = "http://crl.ca.test/1.crl"

    def test_the_last_body_stays_while_its_server_is_away(self) -> None:
        downloads.keep(self.URL, "crl", b"\x00\xff", at=NOW, fresh_until=NOW + timedelta(hours=1))
        downloads.failed(self.URL, "crl", "no answer\0", again_at=NOW + timedelta(hours=2))
        (kept,) = downloads.kept([self.URL, "http://other.test/"]).values()
        assert (kept.fetched_at, kept.fresh_until) == (NOW, NOW + timedelta(hours=2))
        assert downloads.body(self.URL) == b"\x00\xff"

    def test_where_nothing_ever_came_there_is_no_body(self) -> None:
        downloads.failed(self.URL, "crl", "no answer", again_at=NOW)
        assert downloads.kept([self.URL])[self.URL].fetched_at is None
        assert downloads.body(self.URL) is None
        assert downloads.body("http://other.test/") is None

    def test_a_newer_body_takes_its_place(self) -> None:
        for body in (b"old", b"new" * 1_000_000):
            downloads.keep(self.URL, "crl", body, at=NOW, fresh_until=NOW)
        assert downloads.body(self.URL) == b"new" * 1_000_000
