"""What a guard without allowed networks lets through, on a network of our own where every address may be listened on.

The test runs this module as a program in new network and mount namespaces (``unshare``). There, addresses that nobody
must call have canaries behind them; PUBLIC stands for the open network, and the name server is ours. What came of it is
printed as one JSON object.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Self

from dnslib import AAAA, QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

from integrations import http_client, rdap, whois
from integrations.deadline import Deadline
from integrations.guard import Guard
from integrations.rdap_bootstrap import Bootstrap
from integrations.whois_servers import WhoisServers
from tests.support.hostile import FORBIDDEN

ROOT = Path(__file__).parents[2]
PUBLIC = "1.2.3.4"
CANARIES = ("127.0.0.1", "::1", "10.20.30.40", "169.254.169.254", "192.168.1.1", "fd00::1", "fe80::1")
PORTS = (43, 80, 443)
WITHIN_S = 300
DEADLINE_S = 5.0
GUARD = Guard()


class NoNamespaces(Exception):
    """Raised when this machine lets us make no network of our own; says why."""


def run() -> dict[str, dict[str, int | str]]:
    """Run the program below in namespaces of its own; return what it printed. Raises ``NoNamespaces``."""
    command = ["unshare", "--map-root-user", "--net", "--mount"]
    if not which("unshare") or not which("ip"):
        raise NoNamespaces("unshare and ip (util-linux, iproute2) are needed for a network of our own")
    tried = subprocess.run([*command, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise NoNamespaces(f"no network namespaces here: {tried.stderr.strip()}")
    ended = subprocess.run(
        [*command, sys.executable, "-m", __name__],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


class Listeners:
    """Accepts on every port of every canary, and counts; nobody should come."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        for address in CANARIES:
            for port in PORTS:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                scope = socket.if_nametoindex("lo") if address.startswith("fe80") else 0
                where = (address, port, 0, scope) if family == socket.AF_INET6 else (address, port)
                listener = socket.socket(family, socket.SOCK_STREAM)
                listener.bind(where)
                listener.listen()
                self._sockets.append(listener)
                Thread(target=self._accept, args=(listener, address), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            each.close()

    def _accept(self, listener: socket.socket, address: str) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.heard[address] += 1
            connection.close()


class Open(ThreadingTCPServer):
    """A server on PUBLIC that gives everybody one answer."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((PUBLIC, port), _OneAnswer)
        self.answer = b""
        self.asked = 0


class _OneAnswer(BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Open)
        self.request.recv(4096)
        self.server.asked += 1
        self.request.sendall(self.server.answer)


class Zone(BaseResolver):
    """A name server: each name has the sets of addresses that it gives one after the other, the last one for ever."""

    def __init__(self, sets: dict[str, list[list[str]]]) -> None:
        self.sets = sets
        self.asked: Counter[str] = Counter()

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        if name not in self.sets:
            reply.header.rcode = RCODE.SERVFAIL if name.startswith("servfail.") else RCODE.NXDOMAIN
            return reply
        if kind == "A":
            turn = min(self.asked[name], len(self.sets[name]) - 1)
            self.asked[name] += 1
            for address in self.sets[name][turn]:
                if ":" not in address:
                    reply.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=0))
        elif kind == "AAAA":
            for address in self.sets[name][0]:
                if ":" in address:
                    reply.add_answer(RR(name, QTYPE.AAAA, rdata=AAAA(address), ttl=0))
        return reply


@contextmanager
def name_server(zone: Zone, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Serve a zone over UDP; gives the port."""
    server = DNSServer(zone, address=address, port=port, logger=DNSLogger("-request,-reply,-truncated,-error"))
    server.start_thread()
    try:
        yield server.server.server_address[1]
    finally:
        server.stop()
        server.server.server_close()


def _set_up() -> None:
    addresses = [PUBLIC, *(each for each in CANARIES if each not in {"127.0.0.1", "::1"})]
    lines = ["link set lo up"]
    lines += [f"addr add {each}/{128 if ':' in each else 32} dev lo{' nodad' * (':' in each)}" for each in addresses]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as ours:
        ours.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        ours.flush()
        subprocess.run(["mount", "--bind", ours.name, os.path.realpath("/etc/resolv.conf")], check=True)


def _opened() -> int:
    """Return how many TCP connections were begun in this namespace: SYNs, whoever they were for."""
    names, values = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line[:4] == "Tcp:")
    return int(values[names.index("ActiveOpens")])


def _outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except Exception as error:  # noqa: BLE001  which one it was is what the test looks at
        return type(error).__name__
    return "answered"


def _ask_whois(server: str, root: str = PUBLIC) -> str:
    table = WhoisServers({"test": server}) if server else WhoisServers()
    return _outcome(lambda: whois.ask("bakery.test", servers=table, root=root, guard=GUARD, deadline_s=DEADLINE_S))


def _ask_rdap(base: str) -> str:
    table = Bootstrap({"test": base})
    return _outcome(lambda: rdap.fetch("bakery.test", bootstrap=table, guard=GUARD, deadline_s=DEADLINE_S))


def _get(url: str) -> str:
    def call() -> None:
        with http_client.visit(url, accept="*/*", guard=GUARD, deadline=Deadline.after(DEADLINE_S)):
            pass

    return _outcome(call)


def _url(scheme: str, target: str) -> str:
    return f"{scheme}://[{target}]/" if ":" in target else f"{scheme}://{target}/"


def _targets(at_43: Open, at_80: Open) -> dict[str, dict[str, int | str]]:
    """Point everything that connects at every forbidden target: by itself, by a referral, by a redirect."""
    before = _opened()
    direct = {f"whois {each}": _ask_whois(each) for each in FORBIDDEN}
    direct |= {f"root {each}": _ask_whois("", root=each) for each in FORBIDDEN}
    direct |= {f"rdap {each}": _ask_rdap(_url("https", each)) for each in FORBIDDEN}
    direct |= {f"http {each}": _get(_url("http", each)) for each in FORBIDDEN}
    after_direct = _opened()
    led: dict[str, int | str] = {}
    for each in FORBIDDEN:
        at_43.answer = f"refer: {each}\r\n".encode()
        led[f"referral {each}"] = _ask_whois("")
        at_43.answer = f"Registrar: Thin\r\nStatus: ok\r\nRegistrar WHOIS Server: {each}\r\n".encode()
        led[f"registrar {each}"] = _ask_whois(PUBLIC)
        at_80.answer = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {_url('http', each)}\r\n\r\n".encode()
        led[f"redirect {each}"] = _get(f"http://{PUBLIC}/")
    opened = {"direct": after_direct - before, "led": _opened() - after_direct, "public": at_43.asked + at_80.asked}
    return {"direct": dict(direct), "led": led, "opened": dict(opened)}


def _names(at_43: Open, at_80: Open) -> dict[str, dict[str, int | str]]:
    """Ask by name, of a name server that changes its mind."""
    rebinds = [[PUBLIC], ["127.0.0.1"]]
    zone = Zone(
        {
            **{f"rebinds-{each}.test": rebinds for each in ("whois", "rdap")},
            "mixed.test": [[PUBLIC, "10.20.30.40"]],
            "mixed-six.test": [[PUBLIC, "::1"]],
            "private.test": [["169.254.169.254"]],
        }
    )
    at_43.answer = b"Domain: bakery.test\r\nRegistrar: Public\r\nRegistry Expiry Date: 2027-03-01\r\n"
    at_80.answer = b'HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n{"objectClassName": "domain", "a": 1}'
    before, asked = _opened(), at_43.asked + at_80.asked
    with name_server(zone, port=53):
        outcomes = {
            **{f"{turn} rebinds-whois": _ask_whois("rebinds-whois.test") for turn in ("first", "second")},
            **{f"{turn} rebinds-rdap": _ask_rdap("http://rebinds-rdap.test/") for turn in ("first", "second")},
            "mixed": _get("http://mixed.test/"),
            "mixed with IPv6": _get("http://mixed-six.test/"),
            "private": _ask_whois("private.test"),
            "nobody": _get("http://nobody.test/"),
            "servfail": _get("http://servfail.test/"),
        }
    opened = {"names": _opened() - before, "names at public": at_43.asked + at_80.asked - asked}
    return {"names": dict(outcomes), "lookups": dict(zone.asked), "opened": dict(opened)}


def main() -> None:
    _set_up()
    with ExitStack() as running:
        canaries = running.enter_context(Listeners())
        at_43, at_80 = (running.enter_context(Open(port)) for port in (43, 80))
        for each in (at_43, at_80):
            Thread(target=each.serve_forever, daemon=True).start()
            running.callback(each.shutdown)
        found = _targets(at_43, at_80)
        named = _names(at_43, at_80)
        heard: dict[str, int | str] = dict(canaries.heard)
        with socket.create_connection(("10.20.30.40", 80)) as control:
            control.recv(1)  # that the canary hung up says that it heard
        controls: dict[str, int | str] = dict(canaries.heard)
    found["opened"] |= named.pop("opened")
    json.dump({**found, **named, "heard": heard, "control": controls}, sys.stdout)


if __name__ == "__main__":
    main()
