"""What one address of an endpoint showed, judged: its chain, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from rules.certificates import caa, distrust, renewal, tlsa, words
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import AddressObservation, ScanFailure, ScanTarget
from rules.certificates.succession import RollOut, succeeds
from rules.certificates.tlsa import ServedChain
from rules.x509 import revocation
from rules.x509.revocation import Crl
from rules.x509.verification import Verification

OLD_PROTOCOLS = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
"""Deprecated by RFC 6176, RFC 7568 and RFC 8996."""

ORDER = {fault: number for number, fault in enumerate(FaultKind)}
"""The order in which faults are told."""

_FAILED = {
    FaultKind.NOT_TLS: "The server does not speak TLS on this port",
    FaultKind.NO_STARTTLS: "The server does not offer STARTTLS",
    FaultKind.HANDSHAKE_FAILED: "The server speaks TLS, but the handshake failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentContext:
    """What the addresses of an endpoint are judged by.

    ``verdicts`` and ``chains`` are by what was sent, ``crls`` by address, None where nobody asked for any;
    ``window_of`` is the certificate that the CA's window is about.
    """

    target: ScanTarget
    verdicts: Mapping[tuple[bytes, ...], Verification]
    chains: Mapping[tuple[bytes, ...], tuple[ChainLink, ...]]
    differing: RollOut | None
    crls: Mapping[str, Crl] | None
    beside: DnsPolicy
    window_of: str
    past: EndpointHistory
    now: datetime


def address_findings(seen: tuple[AddressObservation, ...], case: AssessmentContext) -> tuple[AddressFinding, ...]:
    """Return what each address showed, with its faults in the order in which they are told."""
    return tuple(_sight(one, case.chains.get(one.chain, ()), case) for one in seen)


def _sight(seen: AddressObservation, chain: tuple[ChainLink, ...], case: AssessmentContext) -> AddressFinding:
    faults = [*_of_connection(seen), *_of_chain(seen, chain, case)]
    return AddressFinding(
        address=words.clean(seen.address),
        faults=tuple(sorted(dict.fromkeys(faults), key=lambda one: ORDER[one.fault])),
        chain=chain,
        tls_version=words.clean(seen.tls_version),
        cipher=words.clean(seen.cipher),
        alpn=words.clean(seen.alpn),
        stapled=bool(seen.staple),
        hsts=None if seen.hsts is None else words.clean(seen.hsts),
    )


def _of_connection(seen: AddressObservation) -> Iterator[Fault]:
    if seen.failure:
        yield _failure(seen.failure)
    if seen.tls_version in OLD_PROTOCOLS:
        yield fault(FaultKind.OLD_PROTOCOL, f"The server speaks no newer protocol than {seen.tls_version}.")


def _failure(failure: ScanFailure) -> Fault:
    if failure.fault is FaultKind.UNREACHABLE:
        return fault(failure.fault, words.clean(words.silence(failure.words)))
    what = _FAILED.get(failure.fault, "The scan ended early")
    return fault(failure.fault, words.clean(f"{what}: {words.reason(failure.words)}."))


def _of_chain(seen: AddressObservation, chain: tuple[ChainLink, ...], case: AssessmentContext) -> Iterator[Fault]:
    verdict = case.verdicts.get(seen.chain)
    if verdict is None:
        return
    yield from _of_path(seen, verdict, case)
    yield from _of_revocation(seen, verdict, case)
    if not chain:
        return
    yield from distrust.judge(tuple(link for link in chain if link.role is not ChainRole.STRAY))
    yield from _of_renewal(chain[0], case)
    yield from caa.judge(chain[0], case.beside.caa or (), host=case.target.name)
    yield from tlsa.judge(_shown(seen, verdict), _records(case), target=case.target)


def _of_path(seen: AddressObservation, verdict: Verification, case: AssessmentContext) -> Iterator[Fault]:
    """Tell what is wrong with the path; where a TLSA record stands in its place, as a note."""
    vouched = tlsa.vouches(_shown(seen, verdict), _records(case), target=case.target)
    for one in verdict.faults:
        yield replace(one, severity=Severity.NOTE) if vouched and one.fault in _REPLACED_BY_TLSA else one


_REPLACED_BY_TLSA = frozenset(
    {
        *(
            FaultKind.EXPIRED,
            FaultKind.NOT_YET_VALID,
            FaultKind.WRONG_HOST,
            FaultKind.SELF_SIGNED,
            FaultKind.UNKNOWN_ISSUER,
        ),
        *(FaultKind.INCOMPLETE_CHAIN, FaultKind.EXPIRED_ISSUER),
    }
)


def _records(case: AssessmentContext) -> tuple[str, ...]:
    """Return the TLSA records that mean something: those that DNSSEC vouches for."""
    return (case.beside.tlsa or ()) if case.beside.tlsa_secure else ()


def _shown(seen: AddressObservation, verdict: Verification) -> ServedChain:
    return ServedChain(sent=seen.chain, issuers=tuple(one.der for one in verdict.path[1:]), trusted=verdict.ok)


def _of_revocation(seen: AddressObservation, verdict: Verification, case: AssessmentContext) -> Iterator[Fault]:
    """Tell of what was revoked; that nobody knows is noted where lists were asked for and clients accept the rest."""
    asked = [case.crls[url] for url in verdict.crl_urls if url in case.crls] if case.crls is not None else []
    says_unknown = case.crls is not None and verdict.ok
    for one in revocation.check(verdict.path, crls=asked, staple=seen.staple, at=case.now):
        if says_unknown or one.fault is not FaultKind.REVOCATION_UNKNOWN or one.severity is not Severity.NOTE:
            yield one


def _of_renewal(leaf: ChainLink, case: AssessmentContext) -> Iterator[Fault]:
    """Tell of a certificate that is late to be renewed; nothing of one that has ended, or is being replaced."""
    if leaf.not_after is None or leaf.not_after <= case.now:
        return
    if case.differing and succeeds(case.differing.new, leaf):
        return
    window = case.beside.window if leaf.fingerprint == case.window_of else None
    found = renewal.judge(leaf, held=case.past.held, window=window, now=case.now)
    if found and found.late:
        yield fault(FaultKind.RENEWAL_LATE, renewal.late_words(found, leaf, now=case.now))
