"""What TLS scans cost, beside ``openssl s_time`` and sslyze in one run: ``python -m tests.benches scans``.

1. The processor time of one scan - handshake, chain, parsed, verified, judged - against a local server with many
   certificates. ``openssl s_time -new`` does the handshake alone, sslyze its own scan of certificates. Nobody resolves
   names: all call an address and send a name.
2. With 100 ms until a server answers: scans in a second with 256 in flight, and the most memory that the process had.
3. 10,000 targets of which 30 % say nothing: how much later the others are done than without those.

Times are without those in which our process was ready to run and others had the processor (/proc/PID/schedstat).
Prints a table and returns 1 where a limit is missed. Rounds take turns, and the best of each counts, because what a
neighbour on the machine takes only ever adds. sslyze pins a cryptography that is not ours, so it has an environment of
its own: ``--sslyze`` names its Python.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benches import scan_servers
from tests.benches.scan_servers import Authority

TIMES_S_TIME = 1.4
SHARE_OF_SSLYZE = 0.25
LEAST_PER_S = 1000.0
MOST_MB = 150.0

_ROUNDS = 3
_SCANS = 600
_SSLYZE_SCANS = 100
_SSLYZE_MOST_S = 120.0
_DELAY_S = 0.1
_DELAYED = 3000
_TARGETS, _TARPITS = 10_000, 0.3
_DEADLINE_S = 10.0
_ROOT = Path(__file__).parents[2]
_PEER = Path(__file__).parent / "peers" / "sslyze_scan.py"
_CONNECTIONS = re.compile(r"(\d+) connections in [\d.]+s")


@dataclass(frozen=True)
class Took:
    """Seconds on the clock, and those among them in which our process was ready to run and others had the processor."""

    clock_s: float
    waited_s: float

    @property
    def own_s(self) -> float:
        return self.clock_s - self.waited_s

    def __str__(self) -> str:
        return f"{self.own_s:.1f} s ({self.clock_s:.1f} s on the clock)"


@dataclass(frozen=True)
class Run:
    """What our client measured of itself."""

    others: Took
    all: Took
    cpu_s: float
    failed: int
    peak_mb: float


@dataclass(frozen=True)
class Limit:
    """One line of the table."""

    what: str
    measured: float
    limit: float
    at_most: bool = True

    @property
    def is_kept(self) -> bool:
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        return f"{self.what:62} {self.measured:9.2f}  {sign} {self.limit:8.2f}  {'' if self.is_kept else 'MISSED'}"


def ours(targets: Sequence[tuple[int, str]], authority: Authority, *, silent: int = 0, warm_up: bool = False) -> Run:
    """Scan in a process of its own. Raises ``RuntimeError`` where one that should have been seen was not."""
    asked = {
        "roots": [b64encode(authority.root).decode()],
        "targets": targets,
        "silent": silent,
        "warm_up": warm_up,
        "deadline_s": _DEADLINE_S,
    }
    command = [sys.executable, "-m", "tests.benches.scan_client"]
    done = subprocess.run(command, input=json.dumps(asked), text=True, stdout=subprocess.PIPE, check=True, cwd=_ROOT)
    measured = json.loads(done.stdout)
    run = Run(**{**measured, "others": Took(*measured["others"]), "all": Took(*measured["all"])})
    if run.failed:
        raise RuntimeError(f"{run.failed} of {len(targets)} servers were not seen")
    return run


def s_time(port: int) -> float:
    """Return the processor seconds of one new handshake by ``openssl s_time``, user and system."""
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-time", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    found = _CONNECTIONS.search(said)
    if not found:
        raise RuntimeError(f"openssl s_time says {said[-300:]!r}")
    return (usage.ru_utime + usage.ru_stime) / int(found[1])


def sslyze(python: Path, port: int, hosts: Sequence[str]) -> float | None:
    """Return the processor seconds of one of sslyze's scans of certificates, None where it stands still."""
    command = [str(python), str(_PEER), str(port), *hosts]
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=quiet, check=True, text=True, timeout=_SSLYZE_MOST_S
        )
    except subprocess.TimeoutExpired:
        return None
    return float(done.stdout)


def _costs(folder: Path, authorities: Sequence[Authority], peer: Path | None) -> Iterator[Limit]:
    server = scan_servers.nginx if scan_servers.has_nginx() else scan_servers.openssl
    with server(folder) as ports:
        for authority in authorities:
            port = ports[authority.kind]
            served = len(authority.hosts) if server is scan_servers.nginx else 1
            hosts = [authority.hosts[number % served] for number in range(_SCANS)]
            targets = [(port, host) for host in hosts]
            costs: dict[str, list[float]] = {"ours": [], "s_time": [], "sslyze": []}
            for _ in range(_ROUNDS):
                costs["s_time"].append(s_time(port))
                costs["ours"].append(ours(targets, authority, warm_up=True).cpu_s / _SCANS)
                cost = sslyze(peer, port, hosts[:_SSLYZE_SCANS]) if peer else None
                if cost is not None:
                    costs["sslyze"].append(cost)
                elif peer:
                    print(f"  {authority.kind}: sslyze stood still for {_SSLYZE_MOST_S:.0f} s, and is left out")
                    peer = None
            best = {name: min(seen) for name, seen in costs.items() if seen}
            shown = ", ".join(f"{name} {cost * 1e6:.0f} µs" for name, cost in best.items())
            print(f"  {authority.kind}, processor time of one scan: {shown}", flush=True)
            yield Limit(f"{authority.kind}: ours / openssl s_time", best["ours"] / best["s_time"], TIMES_S_TIME)
            if "sslyze" in best:
                yield Limit(f"{authority.kind}: ours / sslyze", best["ours"] / best["sslyze"], SHARE_OF_SSLYZE)


def _delayed(slow: int, authority: Authority) -> Iterator[Limit]:
    targets = [(slow, "0.scan.test")] * _DELAYED
    runs = [ours(targets, authority) for _ in range(2)]
    for run in runs:
        print(
            f"  {_DELAYED} scans with a delay: {run.all}, {_DELAYED / run.all.clock_s:.0f} in a second on the clock",
            flush=True,
        )
    yield Limit(
        f"scans in a second, {_DELAY_S * 1000:.0f} ms delay, 256 in flight",
        max(_DELAYED / run.all.own_s for run in runs),
        LEAST_PER_S,
        at_most=False,
    )
    yield Limit("peak memory of that, MB", max(run.peak_mb for run in runs), MOST_MB)


def _tarpits(slow: int, silent: int, authority: Authority) -> Iterator[Limit]:
    ports = [silent if number % 10 < _TARPITS * 10 else slow for number in range(_TARGETS)]
    without = ours([(port, "0.scan.test") for port in ports if port != silent], authority)
    among = ours([(port, "0.scan.test") for port in ports], authority, silent=silent)
    print(
        f"  {_TARGETS} targets, {_TARPITS:.0%} of them silent: the others are done after {among.others},"
        f" without those after {without.all}; all after {among.all}; {among.peak_mb:.0f} MB",
        flush=True,
    )
    yield Limit("seconds by which tarpits delay the others", among.others.own_s - without.all.own_s, _DEADLINE_S)
    yield Limit("seconds until all are done, more than without", among.all.own_s - without.all.own_s, 2 * _DEADLINE_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benches scans")
    parser.add_argument("--sslyze", type=Path, default=_ROOT / ".venv-sslyze" / "bin" / "python")
    parser.add_argument("--only", choices=["costs", "delayed"])
    asked = parser.parse_args(arguments)
    peer = asked.sslyze if asked.sslyze.exists() else None
    limits: list[Limit] = []
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authorities = [scan_servers.issued(folder, kind, 200) for kind in scan_servers.KINDS]
        if asked.only != "delayed":
            limits += _costs(folder, authorities, peer)
        if asked.only != "costs":
            with scan_servers.delaying(folder, _DELAY_S) as (slow, silent):
                limits += [*_delayed(slow, authorities[0]), *_tarpits(slow, silent, authorities[0])]
    print("\n".join(map(str, limits)))
    if not peer and asked.only != "delayed":
        print(f"sslyze was not measured: there is no {asked.sslyze}")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    return 0 if all(limit.is_kept for limit in limits) else 1


if __name__ == "__main__":
    sys.exit(main())
