import gzip
import json
import ssl
import time
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
import trustme

from integrations import rdap
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from integrations.rdap import Bootstrap
from rules.domains import Answer
from sandbox.behaviour import Behaviour, Conduct
from sandbox.rdap import RETRY_AFTER_S, RdapServer
from sandbox.truth import Domain, Registration, Speaks
from tests.support.hostile import Hostile, drips, never_closes, never_stops, says

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
BAKERY = Domain(
    name="bakery.example",
    client="Bakery",
    speaks=Speaks.RDAP,
    registration=Registration.REGISTERED,
    registrar="Sandbox Registrar Ltd",
    created=datetime(2019, 3, 1, 12, tzinfo=UTC),
    updated=datetime(2026, 3, 1, 12, tzinfo=UTC),
    expires=datetime(2027, 3, 1, 12, tzinfo=UTC),
    nameservers=("ns1.sandbox.test", "ns2.sandbox.test"),
    statuses=("clientTransferProhibited", "ok"),
)
FREE = Domain(name="free.example", client="Bakery", speaks=Speaks.RDAP, registration=Registration.AVAILABLE)


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return head.encode() + body


def ask(server: RdapServer | Hostile, name: str = "bakery.example", deadline_s: float = 5):
    bootstrap = Bootstrap({"example": f"http://{server.address}/"})
    return rdap.fetch(name, bootstrap=bootstrap, guard=GUARD, deadline_s=deadline_s)


def test_a_registered_domain_is_told_as_the_registry_knows_it():
    with RdapServer([BAKERY, FREE]) as server:
        bootstrap = rdap.fetch_bootstrap(server.bootstrap_url, GUARD, 5)
        record = rdap.fetch("bakery.example", bootstrap=bootstrap, guard=GUARD, deadline_s=5)
    assert record is not None
    assert record.answer is Answer.REGISTERED
    told = ("registrar", "created", "updated", "expires", "nameservers", "statuses")
    assert [getattr(record, field) for field in told] == [getattr(BAKERY, field) for field in told]
    assert json.loads(record.raw)["ldhName"] == "bakery.example"
    assert server.requests == {"bakery.example": 1}


@pytest.mark.parametrize("name", ["free.example", "unheard-of.example"])
def test_a_name_that_is_not_found_is_available(name):
    with RdapServer([BAKERY, FREE]) as server:
        record = ask(server, name)
    assert record is not None
    assert record.answer is Answer.AVAILABLE


def test_a_tld_without_a_server_is_none_of_our_business():
    assert rdap.fetch("a.test", bootstrap=Bootstrap.shipped(), guard=GUARD, deadline_s=1) is None


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour.SILENT, Unavailable),
        (Behaviour.THROTTLE, Throttled),
        (Behaviour.GARBAGE, Unavailable),
        (Behaviour.HANG_UP, Unavailable),
    ],
)
def test_a_server_in_trouble_is_a_named_error(behaviour, error):
    with RdapServer([BAKERY], Conduct(by_name={"bakery.example": behaviour})) as server, pytest.raises(error):
        ask(server, deadline_s=0.5)


def test_a_slow_server_is_waited_for():
    with RdapServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=0.2)) as server:
        assert ask(server) is not None


def test_a_server_slower_than_the_deadline_is_late():
    with (
        RdapServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=1.5)) as server,
        pytest.raises(Unavailable, match="deadline"),
    ):
        ask(server, deadline_s=0.3)


def test_a_throttling_server_says_when_to_come_back():
    with RdapServer([BAKERY], Conduct(Behaviour.THROTTLE)) as server, pytest.raises(Throttled) as caught:
        ask(server)
    assert caught.value.retry_after == RETRY_AFTER_S


def test_retry_after_may_be_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    answer = http("429 Too Many Requests", b"", f"Retry-After: {later}")
    with Hostile(says(answer)) as server, pytest.raises(Throttled) as caught:
        ask(server)
    assert caught.value.retry_after == pytest.approx(90, abs=5)


@pytest.mark.parametrize("header", ["soon", "-5", "Mon, 99 Foo 2026 00:00:00 GMT", "1e9", ""])
def test_a_retry_after_that_means_nothing_is_ignored(header):
    answer = http("503 Busy", b"", f"Retry-After: {header}")
    with Hostile(says(answer)) as server, pytest.raises(Unavailable) as caught:
        ask(server)
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("400 Bad", Rejected),
        ("403 No", Rejected),
        ("408 Late", Unavailable),
        ("500 Oops", Unavailable),
        ("204 None", Unavailable),
    ],
)
def test_the_status_decides_whether_to_try_again(status, error):
    with Hostile(says(http(status))) as server, pytest.raises(error):
        ask(server)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"objectClassName": "entity"}'])
def test_json_that_is_no_domain_is_unparsable_and_kept(body):
    with Hostile(says(http("200 OK", body))) as server:
        record = ask(server)
    assert record is not None
    assert (record.answer, record.raw) == (Answer.UNPARSABLE, body.decode())


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"\xff\xfe", b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000, b"9" * 9999]
)
def test_what_is_not_json_is_unavailable(body):
    with Hostile(says(http("200 OK", body))) as server, pytest.raises(Unavailable, match="not JSON"):
        ask(server)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://[::1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_the_protocol_is_unavailable(answer):
    with Hostile(says(answer)) as server, pytest.raises(Unavailable):
        ask(server)


def test_a_body_of_ten_megabytes_is_not_read_to_its_end():
    play = never_stops(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 100_000, 100)
    with Hostile(play) as server, pytest.raises(Unavailable, match="larger"):
        ask(server)


def test_a_gzip_bomb_does_not_go_off():
    bomb = http("200 OK", gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        with Hostile(says(bomb)) as server, pytest.raises(Unavailable, match="larger"):
            ask(server)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n{}"])
def test_an_answer_that_drips_costs_no_more_than_the_deadline(answer):
    began = time.monotonic()
    with Hostile(drips(answer)) as server, pytest.raises(Unavailable, match="deadline"):
        ask(server, deadline_s=0.5)
    assert time.monotonic() - began < 1.5


def test_a_body_that_never_ends_costs_no_more_than_the_deadline():
    began = time.monotonic()
    with Hostile(never_closes(b"HTTP/1.1 200 OK\r\n\r\n{}")) as server, pytest.raises(Unavailable, match="deadline"):
        ask(server, deadline_s=0.5)
    assert time.monotonic() - began < 1.5


@contextmanager
def over_tls(authority: trustme.CA, host: str):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    with RdapServer([BAKERY]) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        port = server.server_address[1]
        guard = Guard(allowed=GUARD.allowed, hosts={"*.sandbox.test": "127.0.0.1"})
        bootstrap = Bootstrap({"example": f"https://rdap.sandbox.test:{port}/"})
        yield lambda: rdap.fetch("bakery.example", bootstrap=bootstrap, guard=guard, deadline_s=5)


@pytest.fixture
def authority(monkeypatch, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def test_over_tls_the_certificate_is_that_of_the_name_and_not_of_the_address(authority):
    with over_tls(authority, "rdap.sandbox.test") as fetch:
        record = fetch()
    assert record is not None
    assert record.answer is Answer.REGISTERED


@pytest.mark.parametrize("host", ["other.sandbox.test", "127.0.0.1"])
def test_a_certificate_of_another_name_is_not_trusted(authority, host):
    with over_tls(authority, host) as fetch, pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        fetch()


def test_a_certificate_of_an_unknown_authority_is_not_trusted(authority):
    with over_tls(trustme.CA(), "rdap.sandbox.test") as fetch, pytest.raises(Unavailable, match="CERTIFICATE_VERIFY"):
        fetch()


@pytest.mark.parametrize("base", ["https://[::1/", "https:///", "http://127.0.0.1:x/"])
def test_a_base_url_that_is_no_address_is_refused(base):
    with pytest.raises(Rejected):
        rdap.fetch("bakery.example", bootstrap=Bootstrap({"example": base}), guard=GUARD, deadline_s=1)


def redirect(location: str) -> bytes:
    return http("302 Found", b"", f"Location: {location}")


def test_a_redirect_is_followed():
    with RdapServer([BAKERY]) as there, Hostile(says(redirect(f"{there.url}domain/bakery.example"))) as here:
        record = ask(here)
    assert record is not None
    assert (record.answer, record.server) == (Answer.REGISTERED, there.address)


@pytest.mark.parametrize(
    "location",
    [
        *("file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "//user:secret@127.0.0.1/"),
        *("http://127.0.0.1:99999/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/"),
        "http://8.8.8.8:25/",
    ],
)
def test_a_redirect_to_what_we_do_not_call_is_refused(location):
    with Hostile(says(redirect(location))) as server, pytest.raises(Rejected):
        ask(server)
    assert server.requests.total() == 1


def test_a_canary_behind_a_redirect_hears_nothing():
    elsewhere = Guard(allowed=(ip_network("127.0.0.2/32"),))
    with RdapServer([BAKERY]) as canary, pytest.raises(Forbidden):
        rdap.fetch_bootstrap(canary.bootstrap_url, elsewhere, 1)
    assert not canary.requests


def test_redirects_in_a_circle_end():
    with Hostile(says(redirect("/domain/bakery.example"))) as server, pytest.raises(Unavailable, match="redirects"):
        ask(server)
    assert server.requests.total() == 4


def test_the_longest_suffix_answers_and_https_is_preferred():
    services = [
        [["uk"], ["http://rdap.uk/", "https://rdap.uk"]],
        [["CO.UK"], ["https://rdap.co.uk/"]],
        [["odd"], [None, 7, "ftp://odd/"]],
        "no service",
        [["half"]],
        None,
    ]
    bootstrap = Bootstrap.parse(json.dumps({"services": services}).encode())
    assert bootstrap.server("example.uk") == "https://rdap.uk/"
    assert bootstrap.server("example.co.uk") == "https://rdap.co.uk/"
    assert bootstrap.server("example.odd") is None


def test_the_shipped_bootstrap_knows_the_great_registries():
    shipped = Bootstrap.shipped()
    assert shipped.server("example.com") == "https://rdap.verisign.com/com/v1/"
    assert len(shipped.servers) > 1000


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"services": 7}', b'{"services": [[["com"], []]]}'])
def test_a_bootstrap_without_servers_is_unavailable(content):
    with pytest.raises(Unavailable):
        Bootstrap.parse(content)


@pytest.mark.parametrize("name", ["a b.example", "a\r\nb.example", "../../x.example", "é.example"])
def test_an_odd_name_stays_inside_its_path(name):
    with Hostile(says(http("404 Not Found"))) as server:
        try:
            ask(server, name)
        except IntegrationError:
            return
    assert all(line.startswith("GET /domain/") for line in server.requests)
