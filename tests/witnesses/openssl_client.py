"""The first witness: OpenSSL's own client, in a process for each server."""

import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

from rules.certificates.observation import Protocol
from tests.witnesses.witness import Asked, Said

AT_ONCE = 4
TIMEOUT_S = 20
STARTTLS = {protocol: protocol.value for protocol in Protocol} | {Protocol.SUBMISSION: "smtp"}

_VERIFY_ERROR = re.compile(r"verify error:num=(\d+):([^\n]*)")
_ERROR = re.compile(r":error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):")
_WANTS_OURS = "alert certificate required"
"""Over TLS 1.3 this comes after the server was verified (RFC 8446, 4.4.2.4), but not always while it is there."""
_LEAF = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def ask(servers: Iterable[Asked], roots: Path) -> dict[str, Said]:
    """Return what ``openssl s_client`` says of each server, by its name, where ``roots`` alone are trusted."""
    servers = list(servers)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = pool.map(lambda server: _said(server, roots), servers)
        return {server.name: answer for server, answer in zip(servers, said, strict=True)}


def _said(server: Asked, roots: Path) -> Said:
    try:
        done = subprocess.run(
            _command(server, roots), stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Said(None, f"no end within {TIMEOUT_S} s")
    output, errors = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    leaf = _LEAF.search(output)
    fingerprint = sha256(PEM_cert_to_DER_cert(leaf.group())).hexdigest() if leaf else ""
    refused = _VERIFY_ERROR.search(errors) or (done.returncode != 0 and _WANTS_OURS not in errors)
    return Said(not refused, _words(errors) if refused else "", fingerprint)


def _words(errors: str) -> str:
    """Return the number and text of what could not be verified, else the last error that OpenSSL names."""
    if found := _VERIFY_ERROR.search(errors):
        return f"{found.group(2)} ({found.group(1)})"
    named = _ERROR.findall(errors)
    return named[-1] if named else (errors.strip().splitlines() or ["it ended with an error"])[-1]


def _command(server: Asked, roots: Path) -> list[str]:
    connect = f"[{server.address}]:{server.port}" if ":" in server.address else f"{server.address}:{server.port}"
    command = ["openssl", "s_client", "-connect", connect, "-verify_return_error", "-showcerts"]
    command += ["-CAfile", str(roots), "-no-CApath", "-no-CAstore", *_reference(server.host)]
    if server.protocol is not Protocol.TLS:
        command += ["-starttls", STARTTLS[server.protocol], *(["-xmpphost", server.host] if _is_xmpp(server) else [])]
    return command


def _reference(host: str) -> list[str]:
    """Return the options that name who is expected: an address is no server name (RFC 6066, 3)."""
    if ":" in host or host.replace(".", "").isdigit():
        return ["-noservername", "-verify_ip", host]
    ascii_host = host.encode("idna").decode()
    return ["-servername", ascii_host, "-verify_hostname", ascii_host]


def _is_xmpp(server: Asked) -> bool:
    return server.protocol is Protocol.XMPP
