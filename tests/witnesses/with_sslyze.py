"""Run by sslyze's own Python: reads servers (JSON lines) from stdin, writes what sslyze says of each to stdout.

in   {"name", "host", "address", "port", "starttls"}    starttls: sslyze's name of the protocol, empty: TLS at once
out  {"name", "sound", "words", "fingerprint"}          sound: sslyze has nothing against it; null: it could not say

The one argument is a file of trusted roots. Nothing of Nolapse is imported: what is said here is sslyze's word alone.
"""
# pyright: basic, reportMissingImports=false
# Only the witness' environment has sslyze.

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from sslyze import (
    CertificateInfoExtraArgument,
    ProtocolWithOpportunisticTlsEnum,
    ScanCommand,
    ScanCommandAttemptStatusEnum,
    ScanCommandsExtraArguments,
    Scanner,
    ServerNetworkConfiguration,
    ServerNetworkLocation,
    ServerScanRequest,
)

OURS = "Supplied CA file"


def main() -> None:
    roots = Path(sys.argv[1])
    scanner = Scanner(per_server_concurrent_connections_limit=2, concurrent_server_scans_limit=16)
    scanner.queue_scans([_request(json.loads(line), roots) for line in sys.stdin])
    for result in scanner.get_results():
        sys.stdout.write(json.dumps({"name": _names[result.uuid], **_told(result)}) + "\n")


_names = {}


def _request(server, roots: Path) -> ServerScanRequest:
    starttls = ProtocolWithOpportunisticTlsEnum(server["starttls"]) if server["starttls"] else None
    extra = ScanCommandsExtraArguments(certificate_info=CertificateInfoExtraArgument(custom_ca_file=roots))
    request = ServerScanRequest(
        server_location=ServerNetworkLocation(server["host"], server["port"], ip_address=server["address"]),
        network_configuration=ServerNetworkConfiguration(
            tls_server_name_indication=server["host"].encode("idna").decode(),
            tls_opportunistic_encryption=starttls,
            xmpp_to_hostname=server["host"] if server["starttls"] == "XMPP" else None,
        ),
        scan_commands={ScanCommand.CERTIFICATE_INFO},
        scan_commands_extra_arguments=extra,
    )
    _names[request.uuid] = server["name"]
    return request


def _told(result):
    if result.scan_result is None:
        trace = result.connectivity_error_trace
        words = str(trace.exc_type.__name__ if trace and trace.exc_type else result.connectivity_status)
        return {"sound": False, "words": f"no connection: {words}", "fingerprint": ""}
    attempt = result.scan_result.certificate_info
    if attempt.status != ScanCommandAttemptStatusEnum.COMPLETED:
        trace = attempt.error_trace
        words = "".join(trace.format_exception_only()).strip() if trace else str(attempt.error_reason)
        return {"sound": None, "words": f"sslyze broke off: {words[:120]}", "fingerprint": ""}
    highest = result.connectivity_result.highest_tls_version_supported.name
    faults = list(_faults(attempt.result.certificate_deployments[0], highest))
    leaf = attempt.result.certificate_deployments[0].received_certificate_chain[0]
    return {"sound": not faults, "words": "; ".join(faults), "fingerprint": leaf.fingerprint(SHA256()).hex()}


def _faults(seen, highest: str):
    """Yield what sslyze's report marks as a failure, or as a warning."""
    path = next(each for each in seen.path_validation_results if each.trust_store.name == OURS)
    if not path.was_validation_successful:
        yield path.validation_error
    if seen.received_chain_has_valid_order is False:
        yield "order of the chain is wrong"
    if seen.verified_chain_has_sha1_signature:
        yield "SHA-1 in the chain"
    if seen.verified_chain_has_legacy_symantec_anchor:
        yield "Symantec's root"
    if seen.leaf_certificate_has_must_staple_extension and seen.ocsp_response is None:
        yield "must staple, and there is no staple"
    if _is_revoked(seen.ocsp_response):
        yield "revoked, says the staple"
    if highest in {"TLS_1_0", "TLS_1_1", "SSL_3_0", "SSL_2_0"}:
        yield f"no newer protocol than {highest}"


def _is_revoked(staple) -> bool:
    """Whether it trusts the staple, sslyze tells by Mozilla's roots alone, so that is left out."""
    if staple is None or staple.response_status is not OCSPResponseStatus.SUCCESSFUL:
        return False
    return staple.certificate_status is OCSPCertStatus.REVOKED


if __name__ == "__main__":
    main()
