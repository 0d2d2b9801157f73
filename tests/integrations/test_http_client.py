from contextlib import ExitStack
from ipaddress import ip_network

import pytest

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from integrations.rate_limit import UNLIMITED, RateLimit
from tests.support.hostile import Hostile, never_stops, says
from tests.support.memory import peak_growth
from tests.support.rate_limits import Parked, Recorder, Shut

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),), hosts={"*.test": "127.0.0.1", "xn--bcher-kva.example": "127.0.0.1"})
DEADLINE_S = 5.0


def get(url: str, *, guard: Guard = GUARD, limit: RateLimit = UNLIMITED) -> http_client.Response:
    deadline = Deadline.after(DEADLINE_S)
    with http_client.visit(url, accept="*/*", guard=guard, deadline=deadline, service="rdap", limit=limit) as response:
        return response


def port(server: Hostile) -> int:
    return server.server_address[1]


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://a.test/", "gopher://a.test/", "javascript:alert(1)", "data:,x", "//a.test/", "",
        "http://user@a.test/", "http://user:secret@a.test/", "http://@a.test/", "http:///", "http://",
        "http://a.test:x/", "http://a.test:99999/", "http://a.test:-1/", "http://a.test:0/", "http://[::1",
        "http://[/",
        "http://a b.test/", "http://a..test/", "http://a_b.test/", "http://-a.test/", "http://a%2etest/",
        "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/", "http://0/",
        "http://\uff11\uff12\uff17.1/", "http://①②⑦.0.0.1/", "http://\u202ea.test/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_before_anything_is_looked_up(url):
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"]

    with pytest.raises(IntegrationError) as caught:
        get(url, guard=Guard(resolver=resolver))
    assert isinstance(caught.value, Rejected)
    assert not asked


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8:443/", "https://8.8.8.8:80/", "http://8.8.8.8:25/", "https://8.8.8.8:8443/",
        "https://8.8.8.8:43/", "https://8.8.8.8:22/", "https://8.8.8.8:6379/", "http://[2606:4700::1111]:5432/",
    ],
)  # fmt: skip
def test_each_scheme_has_its_port(url):
    with pytest.raises(Forbidden, match="port"):
        get(url)


@pytest.mark.parametrize("written", ["BÜCHER.example", "bücher.example.", "xn--bcher-kva.EXAMPLE", "bücher。example"])
def test_a_host_has_one_form_whatever_way_it_is_written(written):
    limit = Recorder()
    with Hostile(says(OK)) as server:
        assert get(f"http://{written}:{port(server)}/", limit=limit).body == b"ok"
    name = f"xn--bcher-kva.example:{port(server)}"
    assert limit.calls == [("rdap", name, "ok")]
    assert f"Host: {name}\r\n".encode() in server.heard[0]


def test_a_server_is_named_without_the_port_that_is_its_protocols_own():
    limit = Recorder()
    for url in ("https://a.test:443/", "http://a.test:80/", "https://a.test/"):
        with pytest.raises(Unavailable):
            get(url, limit=limit)
    assert limit.calls == [("rdap", "a.test", "Unavailable")] * 3


def test_a_redirect_to_the_same_server_stays_inside_its_rate_limit_and_one_to_another_goes_through_another():
    limit = Recorder()
    with ExitStack() as running:
        last = running.enter_context(Hostile(says(OK)))
        first = running.enter_context(Hostile(says(redirect(f"http://b.test:{port(last)}/"))))
        there = f"http://a.test:{port(first)}/"
        answers = iter([redirect("/again"), redirect(f"http://b.test:{port(last)}/")])
        first.play = lambda connection, _: connection.sendall(next(answers))
        assert get(there, limit=limit).url == f"http://b.test:{port(last)}/"
    assert limit.calls == [("rdap", f"a.test:{port(first)}", "ok"), ("rdap", f"b.test:{port(last)}", "ok")]
    assert first.requests.total() == 2


def test_what_is_raised_over_an_answer_is_the_outcome_of_the_server_that_gave_it():
    limit = Recorder()
    with Hostile(says(OK)) as last, Hostile(says(redirect(f"http://b.test:{port(last)}/"))) as first:
        url = f"http://a.test:{port(first)}/"
        visiting = http_client.visit(
            url, accept="*/*", guard=GUARD, deadline=Deadline.after(DEADLINE_S), service="rdap", limit=limit
        )
        with pytest.raises(Throttled), visiting:
            raise Throttled("slowly", retry_after=9)
    assert [(server, outcome) for _, server, outcome in limit.calls] == [
        (f"a.test:{port(first)}", "ok"),
        (f"b.test:{port(last)}", "Throttled"),
    ]


@pytest.mark.parametrize("shut", ["first", "last"])
def test_what_a_gate_raises_passes_through_unchanged_and_nobody_is_called(shut):
    with Hostile(says(OK)) as last, Hostile(says(redirect(f"http://b.test:{port(last)}/"))) as first:
        names = {"first": f"a.test:{port(first)}", "last": f"b.test:{port(last)}"}
        with pytest.raises(Parked, match=names[shut]):
            get(f"http://a.test:{port(first)}/", limit=Shut(names[shut]))
    assert (first.requests.total(), last.requests.total()) == ((0, 0) if shut == "first" else (1, 0))


@pytest.mark.parametrize("location", ["http://8.8.8.8/", "http://[2606:4700::1111]/x"])
def test_a_redirect_leads_to_https_alone(location):
    with Hostile(says(redirect(location))) as server, pytest.raises(Forbidden, match="TLS"):
        get(f"http://a.test:{port(server)}/")


@pytest.mark.parametrize(
    "location", ["/\x00", "/a b", "/ä", "http://a.test:1\r\n", "x" * 70_000, "http://[", "\\\\a.test", "///"]
)
def test_a_location_made_of_anything_is_one_of_our_errors_and_no_second_request_elsewhere(location):
    with Hostile(says(redirect(location))) as server, pytest.raises(IntegrationError):
        get(f"http://a.test:{port(server)}/")
    assert all(line.startswith("GET /") for line in server.requests)


def test_what_a_server_sends_beyond_the_cap_takes_no_memory():
    def work() -> None:
        play = never_stops(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", b" " * 100_000, 500)
        with Hostile(play) as server, pytest.raises(Unavailable, match="larger"):
            get(f"http://a.test:{port(server)}/")

    assert peak_growth(work) < 5_000_000


class TestCall:
    """What is sent may be a secret: it goes to the address that was named, and no further."""

    def call(
        self,
        url: str,
        *,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        guard: Guard = GUARD,
        gate: RateLimit = UNLIMITED,
    ) -> http_client.Response:
        deadline = Deadline.after(DEADLINE_S)
        return http_client.call(url, guard=guard, deadline=deadline, headers=headers or {}, form=form, limit=gate)

    def test_a_form_is_posted_and_the_answer_read(self):
        gate = Recorder()
        with Hostile(says(OK)) as server:
            answer = self.call(f"http://a.test:{port(server)}/token", form={"code": "a&b=c", "x": "ü"}, gate=gate)
        assert (answer.status, answer.body) == (200, b"ok")
        assert server.heard[0].startswith(b"POST /token HTTP/1.1\r\n")
        assert b"Content-Type: application/x-www-form-urlencoded\r\n" in server.heard[0]
        assert gate.calls == [("web", f"a.test:{port(server)}", "ok")]

    def test_without_a_form_it_is_a_get_with_the_headers_given(self):
        with Hostile(says(OK)) as server:
            self.call(f"http://a.test:{port(server)}/user", headers={"Authorization": "Bearer abc"})
        assert server.heard[0].startswith(b"GET /user HTTP/1.1\r\n")
        assert b"Authorization: Bearer abc\r\n" in server.heard[0]

    def test_a_redirect_takes_the_secret_nowhere(self):
        with Hostile(says(OK)) as other, Hostile(says(redirect(f"http://b.test:{port(other)}/"))) as server:
            answer = self.call(f"http://a.test:{port(server)}/token", form={"code": "secret"})
        assert answer.status == 302
        assert not other.requests.total()

    def test_what_is_refused_or_broken_does_not_repeat_the_secret(self):
        with pytest.raises(Forbidden):
            self.call("http://a.test/token", form={"code": "secret"}, guard=Guard(hosts={"*.test": "127.0.0.1"}))
        with Hostile(says(b"not HTTP at all\r\n\r\n")) as server, pytest.raises(Unavailable) as broken:
            self.call(f"http://a.test:{port(server)}/token", form={"code": "secret"})
        assert "secret" not in str(broken.value)
