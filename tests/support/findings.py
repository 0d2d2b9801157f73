"""Scans servers of the sandbox as a worker would, fetches what their certificates point to, and judges what came."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_network
from typing import TypeVar

from integrations import ca_repository, tls
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard
from integrations.openssl import OpensslVerifier
from rules.certificates import assessment
from rules.certificates.address_assessment import Consulted
from rules.certificates.downloads import DownloadKind
from rules.certificates.finding import Finding
from rules.certificates.observation import ScanObservation, ScanTarget
from rules.x509 import revocation
from rules.x509.revocation import Crl
from rules.x509.verification import TrustRoots
from sandbox.configurations import Catalogue
from sandbox.configurations.configuration import Configuration
from sandbox.served import TlsServers

T = TypeVar("T")

DEADLINE_S = 10

GUARD = Guard(
    allowed=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
    hosts={"*.test": "127.0.0.1"},
)


def of_catalogue(catalogue: Catalogue, servers: TlsServers) -> dict[str, Finding]:
    """Return the findings about those servers of a catalogue that run, by name, at the catalogue's time."""
    served = (each for each in catalogue.all if each.name in servers.ports)
    names = {configuration.name: target(configuration, servers) for configuration in served}
    found = of_targets(list(names.values()), roots=roots(catalogue), now=catalogue.now)
    return dict(zip(names, found, strict=True))


def of_targets(targets: Sequence[ScanTarget], *, roots: TrustRoots, now: datetime) -> list[Finding]:
    """Return a finding for each target, in their order."""
    looks = {id(look.target): look for look in tls.scan_many(targets, guard=GUARD, deadline_s=DEADLINE_S, hsts=False)}
    return [judged(looks[id(each)], roots=roots, now=now) for each in targets]


def judged(look: ScanObservation, *, roots: TrustRoots, now: datetime) -> Finding:
    """Return what a look means, with the CRLs and issuers at hand that it points to."""
    examined = assessment.examine(look, roots=roots, now=now)
    issuers = dict(_fetched(DownloadKind.ISSUER, examined.issuer_urls, ca_repository.certificates))
    fetched = tuple(each for some in issuers.values() for each in some)
    examined = assessment.with_issuers(examined, fetched, now)
    crls = dict(_fetched(DownloadKind.CRL, examined.crl_urls, _crl))
    openssl = OpensslVerifier(roots.origins)
    refusals = {chain: openssl.refusal(chain) for chain in examined.verifications}
    ocsp = dict(_asked(examined.ocsp_urls))
    consulted = Consulted(ocsp=ocsp, refusals=refusals)
    return assessment.assess(examined, crls=crls, consulted=consulted, issuers=fetched, now=now)


def _asked(urls: Iterable[str]) -> Iterable[tuple[str, bytes]]:
    for url in urls:
        with suppress(Unavailable, Rejected):  # as with lists
            yield url, ca_repository.ask_ocsp(url, guard=GUARD, deadline=Deadline.after(DEADLINE_S)).body


def target(configuration: Configuration, servers: TlsServers) -> ScanTarget:
    port = servers.ports[configuration.name]
    several = len(configuration.leaves) > 1
    return ScanTarget(host=configuration.host, port=port, protocol=configuration.protocol, all_kinds=several)


def roots(catalogue: Catalogue) -> TrustRoots:
    return TrustRoots(public=catalogue.public_roots, private=catalogue.private_roots)


def _crl(body: bytes) -> Crl:
    return revocation.read_crl(ca_repository.der(body))


def _fetched(kind: DownloadKind, urls: Iterable[str], read: Callable[[bytes], T]) -> Iterable[tuple[str, T]]:
    for url in urls:
        with suppress(Unavailable, Rejected):  # it is not to be had: what follows from that is the judge's to say
            yield url, read(ca_repository.fetch(kind, url, guard=GUARD, deadline=Deadline.after(DEADLINE_S)).body)
