"""Servers for scans to be measured against: nginx with many certificates, and one that is slow or says nothing.

``python -m tests.benches.scan_servers FOLDER DELAY_S`` runs the latter two in a process of their own, until its input
ends, and prints their ports; the certificate is FOLDER/ec/0.scan.test.pem.
"""

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox import pki

KINDS = {"ec": "P-256", "rsa": "RSA-2048"}
BACKLOG = 4096

_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {user}
events {{ worker_connections 8192; }}
http {{
  access_log off; ssl_session_cache off; ssl_protocols TLSv1.2 TLSv1.3;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  {servers}
}}
"""
_SERVER = """
  server {{ listen 127.0.0.1:{port} ssl backlog={backlog}; return 200 'x';
    ssl_certificate {folder}/{kind}/$ssl_server_name.pem; ssl_certificate_key {folder}/{kind}/$ssl_server_name.pem; }}
"""


@dataclass(frozen=True)
class Authority:
    """Who issued the certificates of one kind."""

    kind: str
    root: bytes
    hosts: tuple[str, ...]


def issued(folder: Path, kind: str, count: int) -> Authority:
    """Issue ``count`` leaves with an intermediate below one root; each is a PEM file with key and chain."""
    root = pki.root(f"Bench {kind} root", key=pki.new_key(KINDS[kind]))
    middle = root.authority(f"Bench {kind} issuer", key=pki.new_key(KINDS[kind]), path_length=0)
    key = pki.new_key(KINDS[kind])
    hosts = tuple(f"{number}.scan.test" for number in range(count))
    (folder / kind).mkdir()
    for host in hosts:
        leaf = middle.leaf(host, key=key, names=(host, f"www.{host}"), crls_at=(f"http://crl.test/{kind}",))
        (folder / kind / f"{host}.pem").write_bytes(leaf.key_pem + leaf.pem + middle.pem)
    shutil.copy(folder / kind / f"{hosts[0]}.pem", folder / kind / ".pem")  # s_time asks for no name
    (folder / kind / "issuer.pem").write_bytes(middle.pem)
    return Authority(kind, root.certificate, hosts)


@contextmanager
def nginx(folder: Path) -> Iterator[dict[str, int]]:
    """Serve the certificates in ``folder``, each kind on a port of its own: the name that is asked for picks one."""
    ports = {kind: free_port() for kind in KINDS}
    servers = "".join(
        _SERVER.format(port=port, backlog=BACKLOG, folder=folder, kind=kind) for kind, port in ports.items()
    )
    user = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, servers=servers, user=user))
    with _running(["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf", "-p", str(folder)]):
        _until_listening(ports)
        yield ports


@contextmanager
def openssl(folder: Path) -> Iterator[dict[str, int]]:
    """Serve one certificate of each kind, where there is no nginx."""
    ports = {kind: free_port() for kind in KINDS}
    with ExitStack() as stack:
        for kind, port in ports.items():
            pem, issuer = f"{folder}/{kind}/0.scan.test.pem", f"{folder}/{kind}/issuer.pem"
            command = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-key", pem]
            stack.enter_context(_running([*command, "-cert", pem, "-cert_chain", issuer]))
        _until_listening(ports)
        yield ports


def has_nginx() -> bool:
    return shutil.which("nginx") is not None


@contextmanager
def delaying(folder: Path, delay_s: float) -> Iterator[tuple[int, int]]:
    """Give the ports of a server that waits before each handshake, and of one that never says anything."""
    command = [sys.executable, "-m", "tests.benches.scan_servers", str(folder), str(delay_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            slow, silent = process.stdout.readline().split() if process.stdout else ("", "")
            yield int(slow), int(silent)
        finally:
            process.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.terminate()


def _until_listening(ports: dict[str, int], *, within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    for port in ports.values():
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > until:
                raise RuntimeError(f"no server came up on port {port}")
            time.sleep(0.02)


class Slow:
    """Accepts at once, waits, and shakes hands. Little of it is Python, so that the clients have the processors."""

    def __init__(self, pem: Path, delay_s: float) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._context.num_tickets = 0
        self._delay_s = delay_s
        self._loop = asyncio.get_running_loop()

    def listen(self) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        listener.settimeout(0)
        self._loop.add_reader(listener, self._accept, listener)
        return listener.getsockname()[1]

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                client.settimeout(0)
                self._loop.call_later(self._delay_s, self._begin, client)

    def _begin(self, client: socket.socket) -> None:
        tls = self._context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        self._loop.add_reader(tls, self._advance, tls)

    def _advance(self, tls: ssl.SSLSocket) -> None:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except OSError:
            pass
        self._loop.remove_reader(tls)
        tls.close()


async def _serve(folder: Path, delay_s: float) -> None:
    slow = Slow(folder / "ec" / "0.scan.test.pem", delay_s).listen()
    held = list[socket.socket]()
    silent = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    silent.settimeout(0)

    def hold() -> None:
        with suppress(OSError):
            while True:
                held.append(silent.accept()[0])

    loop = asyncio.get_running_loop()
    loop.add_reader(silent, hold)
    print(slow, silent.getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
