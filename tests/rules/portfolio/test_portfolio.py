"""A portfolio as CSV: what is written is read again, and what a spreadsheet would run is text."""

import csv
import io
import re
from datetime import date

import pytest

from rules import portfolio
from rules.domains.renewals import RenewalDecision
from rules.portfolio import Complaint, PortfolioEntry


def read(*lines: str) -> list[PortfolioEntry | Complaint]:
    return list(portfolio.read([f"{line}\n" for line in lines]))


def test_what_staff_decided_is_read_with_its_domain() -> None:
    (entry,) = read("client,domain,decision,expires,alert_days", 'Bakery,bakery.example,Lapse,2027-03-01,"90, 30"')
    assert isinstance(entry, PortfolioEntry)
    assert (entry.decision, entry.expires, entry.alert_days) == (RenewalDecision.LAPSE, date(2027, 3, 1), (90, 30))


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("decision", "perhaps", "is no decision; give one of undecided, auto, manual"),
        ("expires", "01.03.2027", "write it as 2027-03-01"),
        ("alert_days", "soon", "is no stage; give whole days"),
        ("alert_days", "30,30", "named twice"),
    ],
)
def test_a_bad_cell_is_named_with_what_would_do(column: str, cell: str, words: str) -> None:
    (complaint,) = read(f"client,domain,{column}", f'Bakery,bakery.example,"{cell}"')
    assert isinstance(complaint, Complaint)
    assert (complaint.line, complaint.column) == (2, column)
    assert words in complaint.message


@pytest.mark.parametrize("name", ["Bakery, Sons", '="x"', "=HYPERLINK(1)", "+49", "-x", "@y", "'quoted'", "Łódź"])
def test_what_is_written_is_read_again_and_is_no_formula(name: str) -> None:
    row = {
        "client": name,
        "email": "a@b.example",
        "domain": "bakery.example",
        "decision": RenewalDecision.AUTO,
        "expires": date(2027, 3, 1),
        "alert_days": (60, 7),
        "host": None,
    }
    lines = list(portfolio.written([row]))
    cells = next(csv.reader(io.StringIO(lines[1])))
    assert not cells[0].startswith(("=", "+", "-", "@"))
    (entry,) = portfolio.read(lines)
    assert isinstance(entry, PortfolioEntry)
    assert (entry.client, entry.domain, entry.decision) == (name, "bakery.example", RenewalDecision.AUTO)
    assert (entry.expires, entry.alert_days) == (date(2027, 3, 1), (60, 7))


@pytest.mark.parametrize(
    ("cells", "port", "protocol"),
    [
        ("tls,", 443, "tls"),
        ("SMTP,", 25, "smtp"),
        ("imap,1143", 1143, "imap"),
        (",", 443, "tls"),
        (",8443", 8443, "tls"),
    ],
)
def test_an_endpoint_without_a_port_has_its_protocols_own(cells: str, port: int, protocol: str) -> None:
    (entry,) = read("client,host,protocol,port", f"Bakery,mail.bakery.example,{cells}")
    assert isinstance(entry, PortfolioEntry)
    assert (entry.port, entry.protocol) == (port, protocol)


def test_a_server_name_is_a_name_and_is_written_again() -> None:
    head = "client,host,server_name"
    (entry,) = read(head, "Bakery,192.0.2.1,Bücher.example")
    assert isinstance(entry, PortfolioEntry)
    assert entry.server_name == "xn--bcher-kva.example"
    row = {"client": "Bakery", "host": entry.host, "protocol": entry.protocol, "server_name": entry.server_name}
    (again,) = portfolio.read(list(portfolio.written([row])))
    assert isinstance(again, PortfolioEntry)
    assert (again.host, again.server_name) == ("192.0.2.1", "xn--bcher-kva.example")
    (complaint,) = read(head, "Bakery,www.bakery.example,192.0.2.1")
    assert isinstance(complaint, Complaint)
    assert "a server name is a name" in complaint.message


def test_a_protocol_that_we_do_not_speak_is_named() -> None:
    (complaint,) = read("client,host,protocol", "Bakery,www.bakery.example,gopher")
    assert isinstance(complaint, Complaint)
    assert complaint.column == "protocol"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["client;domain", "Bakery;bakery.example"], "line 1 separates its columns by semicolons"),
        (["client,domain,,", "Bakery,bakery.example,,"], "line 1 ends with 2 empty columns"),
        (["client,domain", "A,a.example", '"B,b.example', "C,c.example"], 'line 3 has a quote (") that is not closed'),
        (["client,domain", '"B,b.example', "C,c.example", '"D,d.example'], 'line 2 has a quote (") that is not closed'),
    ],
)
def test_what_is_wrong_with_the_file_is_told_as_what_it_is_at_its_own_line(lines: list[str], words: str) -> None:
    with pytest.raises(portfolio.BadFile, match=re.escape(words)):
        read(*lines)


def test_empty_cells_too_many_are_told_as_such_at_their_line() -> None:
    _, complaint = read("client,domain", "A,a.example", "B,b.example,,")
    assert isinstance(complaint, Complaint)
    assert (complaint.line, complaint.message[:35]) == (3, "the line ends with 2 empty cells to")


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["client,domain", "Bakery,a.test", "Bakery;b.test"], 3, "separates its cells by semicolons"),
        (["client,domain,email", "Bakery;b.test,a@b.test"], 2, "separates its cells by semicolons"),
        (["client,domain", "Bakery\tb.test"], 2, "separates its cells by tabs"),
        (["client,domain", "Bakery,a.test", 'Bakery,"b.test', 'Shop","c.test"'], 3, "opens in this line"),
        (["client,domain", "Bakery,a.test,,"], 2, "2 empty cells too many"),
    ],
)
def test_what_a_spreadsheet_did_to_a_line_is_told_at_that_line(lines: list[str], line: int, words: str) -> None:
    complaints = [one for one in read(*lines) if isinstance(one, Complaint)]
    assert [(one.line, words in one.message) for one in complaints] == [(line, True)]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("client;domain", "separates its columns by semicolons"),
        ("client;domain,email", "separates its columns by semicolons"),
        ("client\tdomain", "separates its columns by tabs"),
        ("client,domain,,", "ends with 2 empty columns"),
        ("client,,domain", "column 2 has no name"),
    ],
)
def test_what_a_spreadsheet_did_to_the_head_line_is_told(head: str, words: str) -> None:
    with pytest.raises(portfolio.BadFile, match=words):
        read(head, "Bakery,a.test")


def test_a_quote_that_is_never_closed_is_told_at_its_own_line() -> None:
    with pytest.raises(portfolio.BadFile, match="line 3 has a quote"):
        read("client,domain", "Bakery,a.test", 'Bakery,"b.test', "Bakery,c.test")


def test_a_sign_within_a_cell_is_no_separator() -> None:
    (entry,) = read("client,domain", "Bakery; Sons,a.test")
    assert isinstance(entry, PortfolioEntry)
    assert entry.client == "Bakery; Sons"


def test_a_name_in_a_zone_that_may_be_nobodys_registry_is_asked_about() -> None:
    (asked, sold) = read("client,domain", "Bakery,alice.github.io", "Bakery,www.bakery.it.com")
    assert isinstance(asked, Complaint)
    assert (asked.line, asked.column) == (2, "domain")
    assert "alice.github.io lies in github.io" in asked.message
    assert "Give github.io if that domain is meant" in asked.message
    assert isinstance(sold, PortfolioEntry)
    assert sold.domain == "bakery.it.com"


@pytest.mark.parametrize(
    ("column", "cell", "missing"),
    [
        ("port", "443", "host"), ("protocol", "smtp", "host"), ("server_name", "a.example", "host"),
        ("decision", "lapse", "domain"), ("expires", "2027-03-01", "domain"), ("alert_days", "30", "domain"),
    ],
)  # fmt: skip
def test_a_cell_that_belongs_to_nothing_is_named(column: str, cell: str, missing: str) -> None:
    other = "domain" if missing == "host" else "host"
    (found,) = portfolio.read([f"client,{other},{column}\n", f"Ann,shop.example,{cell}\n"])
    assert found == portfolio.Complaint(2, column, f"there is no {missing} that it is of")
    (found,) = portfolio.read([f"client,{other},{column}\n", "Ann,shop.example,\n"])
    assert isinstance(found, portfolio.PortfolioEntry)
