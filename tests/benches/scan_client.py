"""One measured run of our scans in a process of its own: what it is to do comes as JSON on its input.

``{"roots": [path of DER], "targets": [[port, host], ...], "deadline_s": s}``; targets on the port "silent" count as
tarpits. Prints JSON: seconds until the last of the others was done and until all were, each with those of waiting for a
processor that somebody else had; processor seconds; peak MB.
"""

import json
import resource
import sys
import time
from base64 import b64decode
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from integrations import tls
from integrations.guard import Guard
from integrations.openssl import OpensslVerifier
from rules.certificates import assessment
from rules.certificates.address_assessment import Consulted
from rules.certificates.faults import FaultKind
from rules.certificates.finding import Finding
from rules.certificates.observation import ScanObservation, ScanTarget
from rules.x509.verification import TrustRoots

_GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
_NOT_SEEN = frozenset({FaultKind.UNREACHABLE, FaultKind.NOT_TLS, FaultKind.HANDSHAKE_FAILED, FaultKind.UNREADABLE})
_WARM_UP = 20


def main() -> None:
    asked = json.load(sys.stdin)
    roots = TrustRoots((), [b64decode(root) for root in asked["roots"]])
    verifier = OpensslVerifier(roots.origins)
    targets = [ScanTarget(host="127.0.0.1", port=port, server_name=host) for port, host in asked["targets"]]
    for _ in _findings(targets[-_WARM_UP:] if asked["warm_up"] else [], roots, verifier, asked["deadline_s"]):
        pass
    failed = 0
    others_at = None
    cpu, (began, waited) = _spent(), _now()
    for finding in _findings(targets, roots, verifier, asked["deadline_s"]):
        if finding.port == asked["silent"]:
            continue
        if asked["silent"]:
            others_at = _now()
        failed += bool(set(finding.kinds) & _NOT_SEEN) or not finding.leaf
    all_at, cpu_s = _now(), _spent() - cpu
    others, everything = ((at - began, waits - waited) for at, waits in (others_at or all_at, all_at))
    print(json.dumps({"others": others, "all": everything, "cpu_s": cpu_s, "failed": failed, "peak_mb": _peak_mb()}))


def _findings(targets: list[ScanTarget], roots: TrustRoots, verifier: OpensslVerifier, deadline_s: float):
    for look in tls.scan_many(targets, guard=_GUARD, deadline_s=deadline_s):
        yield _judged(look, roots, verifier)


def _judged(look: ScanObservation, roots: TrustRoots, verifier: OpensslVerifier) -> Finding:
    now = datetime.now(UTC)
    examined = assessment.examine(look, roots=roots, now=now)
    refusals = {chain: verifier.refusal(chain) for chain in examined.verifications}
    return assessment.assess(examined, consulted=Consulted(refusals=refusals), now=now)


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _now() -> tuple[float, float]:
    """Return the clock, and for how long our thread was ready to run so far and others had the processor; seconds."""
    return time.perf_counter(), int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9


def _peak_mb() -> float:
    """Return the most memory that this process had; ``ru_maxrss`` may be its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
