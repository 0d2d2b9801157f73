"""Scans the certificates of PORT with sslyze and prints the processor time of one scan in seconds: PORT HOST..."""

import resource
import sys

from sslyze import Scanner, ScanCommand, ServerNetworkConfiguration, ServerNetworkLocation, ServerScanRequest


def spent():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def scan(port, hosts):
    scanner = Scanner()
    scanner.queue_scans(
        [
            ServerScanRequest(
                server_location=ServerNetworkLocation(hostname=host, port=port, ip_address="127.0.0.1"),
                network_configuration=ServerNetworkConfiguration(tls_server_name_indication=host),
                scan_commands={ScanCommand.CERTIFICATE_INFO},
            )
            for host in hosts
        ]
    )
    return [
        result.scan_result.certificate_info.result.certificate_deployments[0].received_certificate_chain
        for result in scanner.get_results()
    ]


if __name__ == "__main__":
    port, hosts = int(sys.argv[1]), sys.argv[2:]
    scan(port, hosts[:2])
    before = spent()
    chains = scan(port, hosts)
    assert len(chains) == len(hosts) and all(len(chain) == 2 for chain in chains)
    print((spent() - before) / len(hosts))
