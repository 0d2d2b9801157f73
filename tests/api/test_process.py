"""The web process as it runs: uvicorn on a real socket, its end, its refusals, a real browser."""

import json
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Error as BrowserMissing
from playwright.sync_api import sync_playwright

from api_stub.security import api_tokens, cookies, headers, passwords, sessions
from db import connection
from db.access import users
from db.ledger import leases
from rules.access import Role, Scope
from tests.api.conftest import PASSWORD, UNHURRIED
from tests.faults.marks import on_sqlite
from tests.support.eventually import WITHIN_S, eventually
from tests.support.system import Process, System
from workers.connections import MOST, MOST_OF_ADDRESS

pytestmark = pytest.mark.journey


@dataclass
class Served:
    """A web process of a system."""

    process: Process
    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return httpx.request(method, self.url + path, headers=headers, **options)

    def end(self) -> int:
        self.process.signal(signal.SIGTERM)
        return self.process.wait()


def serve(system: System, **changes: str) -> Served:
    unhurried = {f"NOLAPSE_{name.upper()}": str(number) for name, number in UNHURRIED.items()}
    process = system.run("workers.web", NOLAPSE_WEB_PORT="0", **unhurried, **changes)
    lines = eventually(lambda: process.logged("web_listens"))
    with connection.session():
        known = users.named("ada")
        owner = known.id if known else users.add("ada", Role.OWNER, password=passwords.hashed(PASSWORD))
        token = api_tokens.add(owner, "test", scopes=tuple(Scope))
    ports = lines[0]["ports"]
    assert isinstance(ports, list)
    return Served(process, ports[0], token)


@pytest.fixture
def served(system: System) -> Iterator[Served]:
    made = serve(system)
    yield made
    made.end()


def answers(served: Served, framing: bytes) -> bytes:
    """Return all that is answered to a chunked body with these headers, and to a request for the metrics behind it."""
    head = b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + framing
    behind = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=WITHIN_S) as line:
        line.sendall(head + b"\r\n2\r\n{}\r\n0\r\n\r\n" + behind)
        return everything(line)


def is_over(line: socket.socket) -> bool:
    """Tell whether the other side has ended a connection on which it says nothing."""
    line.setblocking(False)  # noqa: FBT003 - it takes no other
    try:
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def dripped(line: socket.socket) -> bool:
    """Send one more byte; tell whether that is possible no more."""
    try:
        line.send(b"x")
    except OSError:
        return True
    return False


@contextmanager
def many_files() -> Iterator[None]:
    """Let this process hold as many sockets as the web process does, and some."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, min(hard, 4 * MOST)) if hard != resource.RLIM_INFINITY else max(soft, 4 * MOST)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@on_sqlite
class TestProcess:
    def test_what_it_accepts_is_done_by_the_workers(self, system: System, served: Served) -> None:
        system.start()
        answer = served.ask("POST", "/api/triggers/tasks.write_many", json={"number": 20})
        assert answer.status_code == 202, answer.text
        system.await_run(answer.json()["run_id"])
        assert served.ask("GET", f"/api/runs/{answer.json()['run_id']}").json()["counts"] == {"done": 21}

    def test_told_to_end_it_answers_what_it_began_and_leaves_with_zero(self, served: Served) -> None:
        asking = HTTPConnection("localhost", served.port, timeout=WITHIN_S)
        body = json.dumps({"name": "ada", "password": PASSWORD})
        asking.request("POST", "/api/sessions", body, {"Content-Type": "application/json"})
        assert served.ask("GET", "/health/live").status_code == 200, "and what came before is begun"
        assert served.end() == 0
        assert asking.getresponse().status == 201
        asking.close()

    def test_told_to_end_it_ends_the_live_streams_in_order(self, served: Served) -> None:
        with connection.session():
            cookie = sessions.begin(users.require("ada"), how="test", address="127.0.0.1")
        signed_in = {cookies.SESSION: cookie}
        with httpx.stream("GET", f"{served.url}/live?topic=work", cookies=signed_in, timeout=WITHIN_S) as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith("retry:")
            served.process.signal(signal.SIGTERM)
            list(lines)  # raises where it is cut off
        assert served.process.wait() == 0

    def test_it_does_not_outlive_the_process_that_started_it(self, system: System) -> None:
        process = system.run("workers.web", "--parent", "1", NOLAPSE_WEB_PORT="0")
        assert process.wait() == 0
        assert process.logged("parent_gone")

    def test_its_log_holds_no_secret_and_no_address_with_one(self, served: Served) -> None:
        with connection.session():
            link = sessions.link(users.require("ada")).rpartition("/")[2]
        assert httpx.get(f"{served.url}/sign-in/link/{link}").status_code == 200
        assert httpx.post(f"{served.url}/api/sessions", json={"name": "ada", "password": PASSWORD}).status_code == 201
        served.ask("GET", "/api/jobs")
        served.end()
        log = served.process.log.read_text()
        for secret in (link, PASSWORD, served.token, served.token.removeprefix("nlp_")):
            assert secret not in log

    def test_headers_and_bodies_that_never_end_are_cut_off(self, served: Served) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=WITHIN_S) as line:
            line.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70_000)
            assert b"400" in line.recv(200) or line.recv(10) == b""
        two = answers(served, b"Transfer-Encoding: chunked\r\n")
        assert two.count(b"HTTP/1.1 ") == 2, "what stands behind a request is another one"
        assert b"nolapse_" in two
        said = answers(served, b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")
        assert said.startswith(b"HTTP/1.1 4")
        assert said.count(b"HTTP/1.1 ") == 1, "what stood behind it was not taken for a request"
        assert b"nolapse_" not in said

    def test_idle_connections_of_one_address_keep_nobody_else_out(self, served: Served) -> None:
        with ExitStack() as stack:
            idle = [stack.enter_context(socket.create_connection(("127.0.0.1", served.port))) for _ in range(600)]
            with socket.create_connection(("127.0.0.1", served.port), WITHIN_S, ("127.0.0.2", 0)) as line:
                line.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert everything(line).startswith(b"HTTP/1.1 200 ")
            ended = [one for one in idle if is_over(one)]
            assert len(ended) == 600 - MOST_OF_ADDRESS

    def test_strangers_who_take_every_place_keep_nobody_out(self, served: Served) -> None:
        hosts = [f"127.0.0.{number}" for number in range(2, 3 + MOST // MOST_OF_ADDRESS)]
        with ExitStack() as stack, many_files():
            idle = [
                stack.enter_context(socket.create_connection(("127.0.0.1", served.port), WITHIN_S, (host, 0)))
                for host in hosts
                for _ in range(MOST_OF_ADDRESS)
            ]
            assert len(idle) > MOST
            for _ in range(20):
                assert served.ask("GET", "/health/ready").status_code == 200
                assert served.ask("GET", "/api/jobs").status_code == 200
            assert sum(map(is_over, idle)) >= len(idle) - MOST

    def test_what_is_no_http_is_answered_with_our_headers(self, served: Served) -> None:
        for odd in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", served.port), WITHIN_S) as line:
                line.sendall(odd)
                head = everything(line).lower()
            assert head.startswith(b"http/1.1 400 ")
            for name in headers.HEADERS:
                assert f"\r\n{name}: ".lower().encode() in head, (odd, name)

    @pytest.mark.parametrize(
        "odd",
        [
            b"nonsense\r\n\r\n",
            b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n",
            b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
        ],
        ids=["malformed", "upgrade", "hung up"],
    )
    def test_strangers_do_not_fill_the_log(self, served: Served, odd: bytes) -> None:
        size = len(served.process.log.read_bytes())
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", served.port), WITHIN_S) as line:
                line.sendall(odd)
                line.shutdown(socket.SHUT_WR)
                everything(line)
        assert served.end() == 0
        written = served.process.log.read_bytes()[size:].splitlines()
        assert 0 < len(written) < 20, b"\n".join(written)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "begun",
        [
            b"",
            b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ",
            b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n",
        ],
    )
    def test_who_sends_a_byte_now_and_then_is_cut_off(self, served: Served, begun: bytes) -> None:
        with socket.create_connection(("127.0.0.1", served.port), WITHIN_S) as line:
            line.sendall(begun)
            eventually(lambda: dripped(line) or is_over(line), what="it is cut off")
        assert not served.process.logged("request_failed")

    def test_a_forwarded_address_counts_only_from_a_trusted_proxy(self, system: System, served: Served) -> None:
        forged = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
        assert httpx.get(f"{served.url}/metrics").status_code == 200, "this machine may ask"
        assert httpx.get(f"{served.url}/metrics", headers=forged).status_code == 401, "who is behind a proxy may not"
        assert system.ask(lambda: leases.holder(leases.UNTRUSTED_PROXY)) == "127.0.0.1", "doctor warns of it"
        rebound = httpx.get(f"{served.url}/metrics", headers={"Host": "rebound.example"})
        assert rebound.status_code == 401, "nor a page whose name leads here"
        behind = serve(system, NOLAPSE_TRUSTED_PROXIES="127.0.0.0/8")
        for number in range(11):
            headers = {"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}", "X-Forwarded-Proto": "https"}
            answer = httpx.post(
                f"{behind.url}/api/sessions", json={"name": f"n{number}", "password": "x"}, headers=headers
            )
            assert answer.status_code == 401
            assert answer.headers["strict-transport-security"]
        with connection.session():
            networks = [
                row[0] for row in connection.execute("SELECT subject FROM audit WHERE action = 'sign-in failed'")
            ]
        assert set(networks) == {f"203.0.113.{number}/32" for number in range(11)}
        behind.end()

    @pytest.mark.slow
    def test_200_sign_ins_at_once_stay_within_memory(self, served: Served) -> None:
        before = rss_mib(served.process.pid)
        peak, statuses, done = [before], [], threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                peak.append(rss_mib(served.process.pid))

        def ask(number: int) -> None:
            body = {"name": f"name {number}", "password": "wrong, wrong, wrong"}
            from_one_of_a_few = httpx.HTTPTransport(
                local_address=f"127.0.0.{1 + number % 4}"
            )  # each may have a hundred
            with httpx.Client(transport=from_one_of_a_few, timeout=60) as client:
                statuses.append(client.post(f"{served.url}/api/sessions", json=body).status_code)

        watching = threading.Thread(target=watch)
        watching.start()
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(200)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        done.set()
        watching.join()
        assert set(statuses) <= {401, 429, 503}
        assert len(statuses) == 200
        assert max(peak) - before < 250, f"{max(peak) - before} MiB more"


def everything(line: socket.socket) -> bytes:
    """Return all that comes until the other side closes."""
    return b"".join(iter(lambda: line.recv(65536), b""))


def rss_mib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


PRODUCTION = {"NOLAPSE_ENVIRONMENT": "production", "NOLAPSE_LINK_KEYS": f"a:{'A' * 43}"}


@on_sqlite
class TestRefusals:
    @pytest.mark.parametrize(
        ("variables", "named"),
        [
            (PRODUCTION, "NOLAPSE_PUBLIC_URL"),
            ({**PRODUCTION, "NOLAPSE_PUBLIC_URL": "http://a.example"}, "NOLAPSE_PUBLIC_URL"),
            ({**PRODUCTION, "NOLAPSE_LINK_KEYS": ""}, "NOLAPSE_LINK_KEYS is missing"),
            ({"NOLAPSE_WEB_HOST": "0.0.0.0"}, "NOLAPSE_WEB_HOST"),
            ({"NOLAPSE_PUBLIC_URL": "https://a.example/path"}, "NOLAPSE_PUBLIC_URL"),
            ({"NOLAPSE_WEB_PORT": "99999"}, "NOLAPSE_WEB_PORT"),
        ],
    )
    def test_it_does_not_start_where_it_would_be_unsafe(
        self, system: System, variables: dict[str, str], named: str
    ) -> None:
        process = system.run("workers.web", **variables)
        assert process.wait() != 0
        assert named in process.log.read_text()


@on_sqlite
def test_chromium_keeps_the_cookie_on_localhost_without_tls_and_signs_in_by_link(served: Served) -> None:
    with connection.session():
        link = sessions.link(users.require("ada")).rpartition("/")[2]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        except BrowserMissing as error:
            pytest.skip(f"no Chromium: {error}")
        page = browser.new_page()
        page.goto(f"{served.url}/sign-in/link/{link}")
        page.get_by_role("button", name="Sign in").click()
        kept = {one.get("name"): one for one in page.context.cookies()}
        assert kept["__Host-nolapse"].get("secure")
        assert kept["__Host-nolapse"].get("httpOnly")
        page.goto(f"{served.url}/api/sessions/current")
        assert '"role":"owner"' in page.content().replace(" ", "")
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{served.url}/api/docs")
        assert page.locator("details").count() > 30
        assert page.evaluate("getComputedStyle(document.querySelector('summary')).cursor") == "pointer", (
            "its style holds"
        )
        assert complaints == []
        icon = page.request.get(f"{served.url}/favicon.ico")  # browsers ask for it when they like
        assert (icon.status, icon.headers["content-type"]) == (200, "image/svg+xml")
        browser.close()


def chromium() -> str | None:
    found = subprocess.run(["which", "chromium"], capture_output=True, text=True, check=False).stdout.strip()
    return found or None
