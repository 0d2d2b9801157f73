import gzip
import json
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network

import pytest
import trustme

from integrations import http_client, rdap
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from integrations.http_client import TooLarge
from integrations.rdap_bootstrap import Bootstrap
from rules.domains.records import Answer
from sandbox.behaviour import Behaviour, Conduct
from sandbox.rdap import RETRY_AFTER_S, RdapServer
from sandbox.truth import Domain, RegistryState, Speaks
from tests.support.hostile import Hostile, drips, never_closes, never_stops, says
from tests.support.memory import peak_growth
from tests.support.rate_limits import Parked, Recorder, Shut
from tests.support.registered import bakery

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
BAKERY = bakery("bakery.example", Speaks.RDAP)
FREE = Domain(name="free.example", client="Bakery", speaks=Speaks.RDAP, registration=RegistryState.AVAILABLE)


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
    ("behaviour", "error", "why"),
    [
        (Behaviour.SILENT, Unavailable, "deadline"),
        (Behaviour.THROTTLE, Throttled, "429"),
        (Behaviour.GARBAGE, Unavailable, "bakery"),
        (Behaviour.HANG_UP, Unavailable, "bakery"),
        (Behaviour.DRIP, Unavailable, "deadline"),
        (Behaviour.RESET, Unavailable, "bakery"),
        (Behaviour.HUGE, TooLarge, "larger than"),
        (Behaviour.BOMB, TooLarge, "larger than"),
        (Behaviour.CIRCLE, Unavailable, "redirects"),
        (Behaviour.PRIVATE, Forbidden, "not a public address"),
        (Behaviour.LOCAL_FILE, Rejected, "file:///etc/passwd"),
    ],
)
def test_a_server_in_trouble_is_a_named_error(behaviour, error, why):
    with RdapServer([BAKERY], Conduct(behaviour, delay_s=0.2)) as server, pytest.raises(error, match=why) as caught:
        ask(server, deadline_s=1)
    assert caught.type is error
    assert server.requests["bakery.example"] == (4 if behaviour is Behaviour.CIRCLE else 1)


def test_an_answer_with_its_length_needs_no_hang_up():
    with RdapServer([BAKERY], Conduct(Behaviour.NEVER_CLOSE)) as server:
        record = ask(server)
    assert record is not None
    assert record.answer is Answer.REGISTERED


def test_a_slow_server_is_waited_for():
    with RdapServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=0.2)) as server:
        assert ask(server) is not None


def test_a_server_slower_than_the_deadline_is_late():
    with (
        RdapServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=9)) as server,
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
        ("401 No", Throttled),
        ("403 No", Throttled),
        ("406 No", Rejected),
        ("422 No", Rejected),
        ("425 Early", Unavailable),
        ("408 Late", Unavailable),
        ("429 Often", Throttled),
        ("500 Oops", Unavailable),
        ("503 Busy", Unavailable),
        ("520 Odd", Unavailable),
        ("204 None", Unavailable),
        ("302 Nowhere", Unavailable),
    ],
)
def test_the_status_decides_whether_to_try_again(status, error):
    with Hostile(says(http(status))) as server, pytest.raises(error) as caught:
        ask(server)
    assert caught.type is error


RDAP_ERROR = b'{"errorCode": 404, "title": "Object not found", "rdapConformance": ["rdap_level_0"]}'


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", RDAP_ERROR, b'{"errorCode": "404"}', b'{"rdapConformance": ["rdap_level_0"], "notices": []}']
)
def test_404_in_the_words_of_rdap_means_that_nobody_has_the_name(body):
    with Hostile(says(http("404 Not Found", body))) as server:
        record = ask(server)
    assert record is not None
    assert (record.answer, record.raw) == (Answer.AVAILABLE, body.decode())


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>404 Not Found</title></head></html>", b"404 page not found\n", b"Not Found",
        b'{"message": "no Route matched with those values"}', b"[]", b"null", b'"404"', b"[" * 10_000,
    ],
)  # fmt: skip
def test_404_in_the_words_of_a_web_server_says_nothing_of_the_name(body):
    with Hostile(says(http("404 Not Found", body))) as server:
        record = ask(server)
    assert record is not None
    assert (record.answer, record.raw) == (Answer.UNPARSABLE, body.decode())


@pytest.mark.parametrize(("body", "answer"), [(b"", Answer.UNPARSABLE), (RDAP_ERROR, Answer.AVAILABLE)])
def test_a_bare_404_counts_only_from_the_server_that_the_bootstrap_names(body, answer):
    with (
        Hostile(says(http("404 Not Found", body))) as there,
        Hostile(says(redirect(f"http://{there.address}/x"))) as here,
    ):
        record = ask(here)
    assert record is not None
    assert (record.answer, record.server) == (answer, there.address)


def test_a_quota_wrapped_into_another_status_is_a_quota():
    body = b'{"errorCode": 404, "title": "Rate limit exceeded"}'
    answer = http("404 Not Found", body, "Retry-After: 7")
    with Hostile(says(answer)) as server, pytest.raises(Throttled) as caught:
        ask(server)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"objectClassName": "entity"}'])
def test_json_that_is_no_domain_is_unparsable_and_kept(body):
    with Hostile(says(http("200 OK", body))) as server:
        record = ask(server)
    assert record is not None
    assert (record.answer, record.raw) == (Answer.UNPARSABLE, body.decode())


def test_a_raw_line_feed_in_a_string_spoils_no_answer():
    body = b'{"objectClassName": "domain", "ldhName": "bakery.example", "remarks": [{"description": ["a\nb\tc"]}]}'
    with Hostile(says(http("200 OK", body))) as server:
        record = ask(server)
    assert record is not None
    assert record.answer is Answer.REGISTERED


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


HOSTILE_DOCUMENTS = [
    *({key: value} for key in ("events", "entities", "nameservers", "status") for value in (7, "x", {}, [7], [None])),
    *({"ldhName": value} for value in (7, [], {}, "x" * 100_000, "\ud800", "\x00")),
    {"entities": [{"roles": "registrar", "vcardArray": ["vcard", "fn"]}]},
    {"events": [{"eventAction": [], "eventDate": 1e400}, {"eventAction": "expiration", "eventDate": "9" * 9999}]},
    {"secureDNS": [[]], "handle": {}, "port43": 43, "redacted": "all"},
]


@pytest.mark.parametrize("members", HOSTILE_DOCUMENTS)
def test_members_of_a_wrong_type_are_passed_over(members):
    body = json.dumps({"objectClassName": "domain", **members}).encode()
    with Hostile(says(http("200 OK", body))) as server:
        record = ask(server)
    assert record is not None
    assert record.answer in {Answer.REGISTERED, Answer.UNPARSABLE}


def hundreds_deep(times: int) -> bytes:
    return b'{"objectClassName": "domain", "entities": ' + b'[{"entities": ' * times + b"[]" + b"}]" * times + b"}"


@pytest.mark.parametrize("times", [10, 200, 400])
def test_entities_inside_entities_end(times):
    with Hostile(says(http("200 OK", hundreds_deep(times)))) as server:
        record = ask(server)
    assert record is not None


def test_entities_ten_thousand_deep_are_unavailable():
    with Hostile(says(http("200 OK", hundreds_deep(10_000)))) as server, pytest.raises(Unavailable, match="not JSON"):
        ask(server)


LARGE = {
    "50 MB of JSON": lambda: never_stops(b'HTTP/1.1 200 OK\r\n\r\n{"a": "', b"a" * 100_000, 500),
    "50 MB in chunks": lambda: never_stops(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b" " * 10_000 + b"\r\n", 5000
    ),
    "a gzip bomb": lambda: says(http("200 OK", gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")),
    "a bomb inside a bomb": lambda: says(
        http("200 OK", gzip.compress(gzip.compress(bytes(50_000_000))), "Content-Encoding: gzip, gzip")
    ),
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_large_is_not_read_to_its_end_and_takes_no_memory(kind):
    play = LARGE[kind]()

    def work():
        with Hostile(play) as server, pytest.raises(Unavailable, match="larger"):
            ask(server)

    assert peak_growth(work) < 5_000_000


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nServer: slow\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n{}"])
def test_an_answer_that_drips_costs_no_more_than_the_deadline(answer):
    with Hostile(drips(answer + b" " * 999)) as server, pytest.raises(Unavailable, match="deadline"):
        ask(server, deadline_s=0.5)


def test_a_body_that_never_ends_costs_no_more_than_the_deadline():
    with Hostile(never_closes(b"HTTP/1.1 200 OK\r\n\r\n{}")) as server, pytest.raises(Unavailable, match="deadline"):
        ask(server, deadline_s=0.5)


@contextmanager
def over_tls(authority: trustme.CA, host: str):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    server = RdapServer([BAKERY])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with server:
        port = server.server_address[1]
        guard = Guard(allowed=GUARD.allowed, hosts={"*.sandbox.test": "127.0.0.1"})
        bootstrap = Bootstrap({"example": f"https://rdap.sandbox.test:{port}/"})
        yield lambda: rdap.fetch("bakery.example", bootstrap=bootstrap, guard=guard, deadline_s=5)


@pytest.fixture
def authority(monkeypatch, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    http_client.trust.cache_clear()
    yield authority
    http_client.trust.cache_clear()


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
        "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "//user:secret@127.0.0.1/",
        "http://127.0.0.1:99999/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]/",
        "http://8.8.8.8:25/",
    ],
)  # fmt: skip
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


def test_redirects_bring_no_more_together_than_one_answer_may():
    body = b"x" * (rdap.MOST_BYTES // 2 - 1)
    with (
        Hostile(says(http("302 Found", body, "Location: /domain/bakery.example"))) as server,
        pytest.raises(Unavailable, match="larger"),
    ):
        ask(server)
    assert server.requests.total() == 3


@pytest.mark.parametrize(
    "name",
    ["a b.example", "a\r\nb.example", "../../x.example", "é.example", "A.example", "a/b.example", "a?b.example", ""],
)
def test_a_name_that_would_be_another_request_is_refused(name):
    with RdapServer([BAKERY]) as server, pytest.raises(Rejected, match="not a name"):
        ask(server, name)
    assert not server.requests


def test_every_server_is_called_inside_its_rate_limit():
    limit = Recorder()
    with RdapServer([BAKERY]) as there, Hostile(says(redirect(f"{there.url}domain/bakery.example"))) as here:
        bootstrap = Bootstrap({"example": f"http://{here.address}/"})
        rdap.fetch("bakery.example", bootstrap=bootstrap, guard=GUARD, limit=limit, deadline_s=5)
    assert limit.calls == [("rdap", here.address, "ok"), ("rdap", there.address, "ok")]


def test_the_gate_is_told_what_became_of_its_server():
    limit = Recorder()
    with RdapServer([BAKERY], Conduct(Behaviour.THROTTLE)) as server:
        bootstrap = Bootstrap({"example": server.url})
        with pytest.raises(Throttled):
            rdap.fetch("bakery.example", bootstrap=bootstrap, guard=GUARD, limit=limit, deadline_s=5)
    assert limit.calls == [("rdap", server.address, "Throttled")]
    assert [getattr(error, "retry_after", None) for error in limit.errors] == [RETRY_AFTER_S]


def test_what_a_gate_raises_passes_through_unchanged():
    with RdapServer([BAKERY]) as server:
        shut = Shut(server.address)
        with pytest.raises(Parked):
            rdap.fetch_bootstrap(server.bootstrap_url, GUARD, 5, limit=shut)
        with pytest.raises(Parked):
            rdap.fetch("a.example", bootstrap=Bootstrap({"example": server.url}), guard=GUARD, limit=shut, deadline_s=5)
    assert not server.requests
