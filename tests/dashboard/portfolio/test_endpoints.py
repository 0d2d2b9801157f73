"""The page of an endpoint: grade, faults with what mends them, each address, ports, chains, renewal, and the list."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

from dashboard.portfolio import host_ports, served_certificates
from db import connection
from db.portfolio import endpoints
from db.portfolio.endpoints import Endpoint
from rules.certificates.faults import FaultKind, fault
from rules.certificates.finding import AddressFinding, Grade
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.renewal import Renewal, RenewalBasis
from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled, found
from tests.faults.marks import on_sqlite
from tests.support import scans as stored_scans
from wording.certificates.remediation import REMEDIATION

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def part(html: str, heading: str) -> str:
    """Return the text of the section with this heading, as it is read."""
    section = next(each for each in html.split("<section")[1:] if f'labelledby="{heading}"' in each)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", section.partition("</section>")[0].partition(">")[2])).split())


@on_sqlite
def test_a_page_says_what_is_wrong_worst_first_and_how_each_is_mended(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    shown = browser.get(f"/endpoints/{fill().endpoint}").text
    told_of = part(shown, "faults")
    places = [
        told_of.index(REMEDIATION[kind].title)
        for kind in (FaultKind.UNREACHABLE, FaultKind.WRONG_ORDER, FaultKind.CAA_MISMATCH)
    ]
    assert places == sorted(places)
    for kind in (FaultKind.UNREACHABLE, FaultKind.INCOMPLETE_CHAIN, FaultKind.WRONG_ORDER, FaultKind.CAA_MISMATCH):
        assert " ".join(REMEDIATION[kind].how.replace("`", " ").split())[:40] in told_of
    for severity in ("critical", "warning", "note"):
        assert severity in told_of
    assert "Clients refuse it" in shown


@on_sqlite
def test_a_page_says_when_it_is_scanned_next_and_why(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    with connection.session():
        because = endpoints.get(filled.endpoint).next_scan_because
    assert because
    shown = browser.get(f"/endpoints/{filled.endpoint}").text
    assert f"because {because}." in shown
    assert "last scan failed" not in shown
    assert "last scan failed" in browser.get(f"/endpoints/{filled.mail_host}").text


@on_sqlite
def test_a_cell_that_is_unlike_the_others_is_marked_by_more_than_a_colour(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    matrix = part(browser.get(f"/endpoints/{fill().endpoint}").text, "matrix")
    first, second = matrix.split("192.0.2.1")[1].split("192.0.2.2")
    assert "≠" not in first, "of two addresses the first is the usual one"
    assert second.count("unlike most:") == 6, "all but the certificate"


@on_sqlite
def test_addresses_that_were_not_asked_are_named_and_why(browser: TestClient, fill: Callable[..., Filled]) -> None:
    matrix = part(browser.get(f"/endpoints/{fill().endpoint}").text, "matrix")
    assert matrix.endswith("because there are too many: 2001:db8::7")


@on_sqlite
def test_a_page_without_a_scan_says_so_and_shows_no_empty_parts(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    with connection.session(), connection.transaction():
        new, _ = endpoints.add("new.bakery.test", 443, client_id=filled.client)
    shown = browser.get(f"/endpoints/{new}").text
    assert "It has not been scanned yet." in shown
    assert 'id="matrix"' not in shown
    assert "What is wrong" not in shown


@on_sqlite
def test_every_port_of_a_host_is_a_column_that_leads_to_its_page(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    shown = browser.get(f"/endpoints/{filled.endpoint}").text
    assert part(shown, "ports").startswith("All ports of www.bakery.test Address 25 smtp 443")
    assert f'href="/endpoints/{filled.mail_host}"' in shown
    with connection.session(), connection.transaction():
        endpoints.remove(filled.mail_host)
    assert 'id="ports"' not in browser.get(f"/endpoints/{filled.endpoint}").text


@on_sqlite
def test_a_chain_is_a_list_from_its_top_to_its_leaf_with_what_was_not_sent(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill("CN=Bakery Authority")
    chain = part(browser.get(f"/endpoints/{filled.endpoint}").text, "chain-1")
    middle = chain.index("intermediate, not sent")
    assert middle < chain.index(REMEDIATION[FaultKind.INCOMPLETE_CHAIN].title.lower()) < chain.index("leaf, sent")
    assert "Bakery Authority" in chain[:middle]
    assert "CN=" not in chain[:middle], "authorities are called by their names"
    assert "stray, sent unreadable unreadable" in chain


@on_sqlite
def test_a_page_has_no_style_and_no_script_of_its_own(browser: TestClient, fill: Callable[..., Filled]) -> None:
    """The browser would refuse them (Content-Security-Policy), so a picture must not need them."""
    shown = browser.get(f"/endpoints/{fill().endpoint}").text
    assert "<svg" in shown
    assert not re.search(r"<style\b|\sstyle=", shown)


def test_lists_show_the_grade_and_the_protocol(browser: TestClient, fill: Callable[..., Filled]) -> None:
    filled = fill()
    for path in ("/endpoints", "/endpoints?show=faulty", f"/clients/{filled.client}"):
        shown = " ".join(re.sub(r"<[^>]*>", " ", browser.get(path).text.replace("<wbr>", "")).split())
        assert "www.bakery.test:25 smtp" in shown, path
        assert "Grade F" in shown, path
        assert REMEDIATION[FaultKind.UNREACHABLE].title.lower() in shown, path


class TestPorts:
    def endpoint(
        self, number: int, port: int, *address_findings: AddressFinding, protocol: str = "tls", server_name: str = ""
    ) -> Endpoint:
        known = replace(found("Bakery", NOW, serial="0a"), addresses=address_findings) if address_findings else None
        return Endpoint(
            id=number,
            host="www.bakery.test",
            port=port,
            protocol=protocol,
            client_id=1,
            client_name="Bakery",
            history=EndpointHistory(finding=known),
            server_name=server_name,
        )

    def test_a_row_has_what_each_port_showed_there(self) -> None:
        bad = AddressFinding(address="a", faults=(fault(FaultKind.CAA_MISMATCH), fault(FaultKind.EXPIRED)))
        made = host_ports.ports(
            [
                self.endpoint(1, 443, bad, AddressFinding(address="b", faults=())),
                self.endpoint(2, 25, AddressFinding(address="a", faults=()), protocol="smtp"),
                self.endpoint(3, 993),
            ]
        )
        assert made.columns == ("25 smtp", "443", "993")
        assert [(address, [cell.words for cell in cells]) for address, cells in made.rows] == [
            ("a", ["sound", REMEDIATION[FaultKind.EXPIRED].title, "not scanned yet"]),
            ("b", ["not asked there", "sound", "not scanned yet"]),
        ]

    def test_a_name_that_is_asked_for_in_place_of_the_host_is_said(self) -> None:
        assert host_ports.ports([self.endpoint(1, 443, server_name="shop.test")]).columns == ("443 as shop.test",)


class TestHeld:
    def certificate(
        self, number: int, *, begins: datetime, key: str, names: tuple[str, ...] = ("a",)
    ) -> ServedCertificate:
        return ServedCertificate(
            fingerprint=str(number),
            issuer="CN=R3",
            serial=str(number),
            key="EC-256",
            key_id=key,
            names=names,
            not_before=begins,
            not_after=begins + 90 * DAY,
            first_seen_at=begins,
            last_seen_at=begins + 60 * DAY,
        )

    def test_it_is_told_how_early_each_was_replaced_and_whether_its_key_was_kept(self) -> None:
        third, second, first = (
            self.certificate(number, begins=NOW - days * DAY, key=key)
            for number, days, key in ((3, 10, "new"), (2, 55, "old"), (1, 115, "old"))
        )
        other = self.certificate(4, begins=NOW - 30 * DAY, key="old", names=("b",))
        known = replace(found("Bakery", NOW, serial="0a"), addresses=())
        history = served_certificates.history([third, other, second, first], known)
        assert [(one.certificate, one.kept, one.replaced and round(one.replaced, 2)) for one in history] == [
            (third, False, None),
            (other, None, None),
            (second, True, 0.5),
            (first, None, 0.67),
        ]
        assert not any(one.in_use for one in history)

    def test_what_an_address_serves_is_in_use(self) -> None:
        known = found("Bakery", NOW, serial="0a")
        assert known.leaf
        served = replace(self.certificate(1, begins=NOW, key="k"), fingerprint=known.leaf.fingerprint)
        assert [one.in_use for one in served_certificates.history([served], known)] == [True]

    def test_a_bar_shows_when_renewal_is_due_and_late(self) -> None:
        known = found("Bakery", NOW, serial="0a")
        due = Renewal(due_at=NOW, late_at=NOW + 4.5 * DAY, basis=RenewalBasis.BY_HAND, parameters=())
        assert served_certificates.marks(known.leaf, due) == [("due", 0.5), ("late", 0.75)]
        assert served_certificates.marks(known.leaf, None) == served_certificates.marks(None, due) == []


@on_sqlite
def test_an_endpoint_that_shows_nothing_any_more_keeps_its_history(
    browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    with connection.session(), connection.transaction():
        unseen = replace(found("Bakery", NOW, serial="0d"), grade=Grade.UNSEEN, leaf=None, addresses=())
        stored_scans.save(endpoints.get(filled.endpoint), unseen, at=datetime.now(UTC))
    shown = browser.get(f"/endpoints/{filled.endpoint}").text
    assert "No certificate was seen" in shown
    assert 'id="matrix"' not in shown
    assert "0b0b0b0b0b0b" in part(shown, "renewal")
