"""The second witness: sslyze, in an environment of its own."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from rules.certificates.observation import Protocol
from tests.witnesses import packages
from tests.witnesses.witness import Asked, Said

SCRIPT = Path(__file__).with_name("with_sslyze.py")
TIMEOUT_S = 240

STARTTLS = {
    Protocol.TLS: "",
    Protocol.SMTP: "SMTP",
    Protocol.SUBMISSION: "SMTP",
    Protocol.IMAP: "IMAP",
    Protocol.POP3: "POP3",
    Protocol.FTP: "FTP",
    Protocol.LDAP: "LDAP",
    Protocol.XMPP: "XMPP",
    Protocol.POSTGRES: "POSTGRES",
}
"""sslyze's names; it does not speak the other protocols."""


def ask(servers: Iterable[Asked], roots: Path) -> dict[str, Said]:
    """Return what sslyze says of each server whose protocol it speaks, by its name, where ``roots`` are trusted."""
    asked = "".join(f"{_line(server)}\n" for server in servers if server.protocol in STARTTLS)
    if not asked:
        return {}
    command = [str(packages.sslyze()), "-W", "ignore", str(SCRIPT), str(roots)]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise packages.Missing(f"sslyze ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    told = map(json.loads, done.stdout.splitlines())
    return {each["name"]: Said(each["sound"], each["words"], each["fingerprint"]) for each in told}


def _line(server: Asked) -> str:
    asked = {"name": server.name, "host": server.host, "address": server.address, "port": server.port}
    return json.dumps({**asked, "starttls": STARTTLS[server.protocol]})
