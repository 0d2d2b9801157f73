"""What one address of an endpoint showed, assessed: its chain, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rules.certificates import caa, distrust, renewal, second_opinion, tlsa
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import ORDER, Fault, FaultKind, Severity, fault, of_violation
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import AddressObservation, ScanFailure, ScanTarget
from rules.certificates.succession import RollOut, succeeds
from rules.certificates.tlsa import ServedChain
from rules.x509 import revocation
from rules.x509.reading import Certificate, clean
from rules.x509.revocation import Crl
from rules.x509.verification import Verification
from rules.x509.violations import ViolationKind

MOST_LINKS = 20
MOST_NAMES = 100
"""Certificates of a chain, and names of a certificate, that are kept; all of them are assessed."""

OLD_PROTOCOLS = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
"""Deprecated by RFC 6176, RFC 7568 and RFC 8996."""

_REPLACED_BY_TLSA = frozenset(
    {
        ViolationKind.EXPIRED, ViolationKind.NOT_YET_VALID, ViolationKind.WRONG_HOST, ViolationKind.SELF_SIGNED,
        ViolationKind.UNKNOWN_ISSUER,
        ViolationKind.INCOMPLETE_CHAIN, ViolationKind.EXPIRED_ISSUER,
    }
)  # fmt: skip
"""What a TLSA record that binds the certificate makes meaningless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """What others answered, apart from the revocation lists.

    ``ocsp`` are responses by the address that was asked, ``failures`` say by address why a list did not come, and
    ``refusals`` are a second opinion by what was sent, as ``second_opinion.disagreement`` takes it.
    """

    ocsp: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    refusals: Mapping[tuple[bytes, ...], str | None] = field(default_factory=dict[tuple[bytes, ...], str | None])


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentContext:
    """What is needed to assess the addresses of an endpoint.

    The keys of ``verifications`` and ``chains`` are what was sent, those of ``crls`` are URLs; ``crls`` is None where
    nobody asked for any. ``window_of`` is the fingerprint of the certificate that the CA's window is about.
    """

    target: ScanTarget
    verifications: Mapping[tuple[bytes, ...], Verification]
    chains: Mapping[tuple[bytes, ...], tuple[ChainLink, ...]]
    differing: RollOut | None
    crls: Mapping[str, Crl] | None
    consulted: Consulted
    dns_policy: DnsPolicy
    window_of: str
    history: EndpointHistory
    now: datetime


def links(found: Verification) -> tuple[ChainLink, ...]:
    """Return a verified chain as it is shown: the path, leaf first, and then what was sent and is no part of it.

    Where no path was found, it is what was sent.
    """
    sent = {one.fingerprint for one in found.sent}
    path = found.path or found.sent[:1]
    on_path = {one.fingerprint for one in path}
    strays = {one.fingerprint: one for one in found.sent if one.fingerprint not in on_path}
    chain = [_link(one, _role(one, depth), sent=one.fingerprint in sent) for depth, one in enumerate(path)]
    chain += [_link(one, ChainRole.STRAY, sent=True) for one in strays.values()]
    return tuple(chain[:MOST_LINKS])


def _role(one: Certificate, depth: int) -> ChainRole:
    if depth == 0:
        return ChainRole.LEAF
    return ChainRole.ROOT if one.issuer == one.subject else ChainRole.INTERMEDIATE


def _link(one: Certificate, role: ChainRole, *, sent: bool) -> ChainLink:
    return ChainLink(
        role=role,
        sent=sent,
        subject=one.subject,
        issuer=one.issuer,
        serial=one.serial,
        not_before=one.not_before,
        not_after=one.not_after,
        names=(*one.names, *one.addresses)[:MOST_NAMES],
        key=one.key,
        key_id=one.key_id,
        signature=one.signature,
        fingerprint=one.fingerprint,
    )


def address_findings(
    addresses: tuple[AddressObservation, ...], context: AssessmentContext
) -> tuple[AddressFinding, ...]:
    """Return what is found about each address, its faults in their order."""
    return tuple(_address_finding(one, context.chains.get(one.chain, ()), context) for one in addresses)


def _address_finding(
    observed: AddressObservation, chain: tuple[ChainLink, ...], context: AssessmentContext
) -> AddressFinding:
    early = _early_issuer(observed, context)
    faults = [*_of_connection(observed), *_of_chain(observed, chain, context), *_of_chain_end(early, chain, context)]
    return AddressFinding(
        address=observed.address,
        faults=tuple(sorted(dict.fromkeys(faults), key=lambda one: ORDER[one.kind])),
        chain=chain,
        tls_version=observed.tls_version,
        cipher=observed.cipher,
        alpn=observed.alpn,
        stapled=bool(observed.staple),
        hsts=observed.hsts,
        early_issuer=early,
        other_kind=observed.other_kind,
    )


def _early_issuer(observed: AddressObservation, context: AssessmentContext) -> ChainLink | None:
    """Return the issuer that ends before the leaf; None where there is none, or a TLSA record binds the leaf itself."""
    found = context.verifications.get(observed.chain)
    if found is None or found.early_issuer is None or _is_vouched(observed, found, context):
        return None
    one = found.early_issuer
    role = ChainRole.ROOT if one.issuer == one.subject else ChainRole.INTERMEDIATE
    return _link(one, role, sent=one.der in observed.chain)


def _of_chain_end(early: ChainLink | None, chain: tuple[ChainLink, ...], context: AssessmentContext) -> Iterator[Fault]:
    """Yield that the chain ends soon, before its leaf. After that end, the fault is that the issuer has expired."""
    if early is None or early.not_after is None:
        return
    left = early.not_after - context.now
    if timedelta(0) < left <= renewal.BY_HAND_LATE:
        yield fault(
            FaultKind.CHAIN_ENDING,
            "root" if early.role is ChainRole.ROOT else "intermediate",
            depth=next((depth for depth, link in enumerate(chain) if link.fingerprint == early.fingerprint), None),
            subject=early.subject,
            not_after=early.not_after.isoformat(),
        )


def _of_connection(observed: AddressObservation) -> Iterator[Fault]:
    if observed.failure:
        yield _failure(observed.failure)
    if observed.tls_version in OLD_PROTOCOLS:
        yield fault(FaultKind.OLD_PROTOCOL, "version", version=observed.tls_version)
    for one in observed.outdated:
        yield fault(FaultKind.OUTDATED_HANDSHAKE, one.value)
    if observed.asks_for_certificate:
        yield fault(FaultKind.CLIENT_CERTIFICATE, "asked")


def _failure(failure: ScanFailure) -> Fault:
    detail = failure.detail or ("no_answer" if failure.kind is FaultKind.UNREACHABLE else "ended_early")
    return fault(failure.kind, detail, reason=failure.reason)


def _of_chain(
    observed: AddressObservation, chain: tuple[ChainLink, ...], context: AssessmentContext
) -> Iterator[Fault]:
    found = context.verifications.get(observed.chain)
    if found is None:
        return
    yield from _of_path(observed, found, context)
    if differs := second_opinion.disagreement(found, context.consulted.refusals.get(observed.chain)):
        yield differs
    yield from _of_revocation(observed, found, context)
    if not chain:
        return
    yield from distrust.check(tuple(link for link in chain if link.role is not ChainRole.STRAY))
    yield from _of_renewal(chain[0], context)
    if context.dns_policy.caa:
        yield from caa.check(chain[0], context.dns_policy.caa, host=context.target.name)
    if records := _records(context):
        yield from tlsa.check(_served(observed, found), records, target=context.target)


def _of_path(observed: AddressObservation, found: Verification, context: AssessmentContext) -> Iterator[Fault]:
    """Yield what is wrong with the path; as notes what a TLSA record makes meaningless."""
    if not found.violations:
        return
    vouched = _is_vouched(observed, found, context)
    for one in found.violations:
        is_meaningless = vouched and one.kind in _REPLACED_BY_TLSA
        yield of_violation(replace(one, severity=Severity.NOTE) if is_meaningless else one)


def _is_vouched(observed: AddressObservation, found: Verification, context: AssessmentContext) -> bool:
    records = _records(context)
    return bool(records) and tlsa.vouches(_served(observed, found), records, target=context.target)


def _records(context: AssessmentContext) -> tuple[str, ...]:
    """Return the TLSA records that mean something: those that DNSSEC vouches for."""
    return (context.dns_policy.tlsa or ()) if context.dns_policy.tlsa_secure else ()


def _served(observed: AddressObservation, found: Verification) -> ServedChain:
    return ServedChain(sent=observed.chain, issuers=tuple(one.der for one in found.path[1:]), trusted=found.ok)


def _of_revocation(observed: AddressObservation, found: Verification, context: AssessmentContext) -> Iterator[Fault]:
    """Yield what revocation checks found.

    The note that revocation is unknown is left out unless lists were asked for and clients accept the chain.
    """
    asked = [context.crls[url] for url in found.crl_urls if url in context.crls] if context.crls is not None else []
    says_unknown = context.crls is not None and found.ok
    known = revocation.check(
        found.path, crls=asked, staple=observed.staple, answers=context.consulted.ocsp, at=context.now
    )
    for one in known:
        if says_unknown or one.kind is not ViolationKind.REVOCATION_UNKNOWN or one.severity is not Severity.NOTE:
            yield _with_reason(of_violation(one), found, context)


def _with_reason(one: Fault, found: Verification, context: AssessmentContext) -> Fault:
    """Return the fault; where no list could be used, with the reason why none came, if that is known."""
    failures = context.consulted.failures
    why = next((failures[url] for url in found.crl_urls if url in failures), "")
    if one.kind is not FaultKind.REVOCATION_UNKNOWN or one.detail != "no_list" or not why:
        return one
    return fault(one.kind, "list_missing", severity=one.severity, depth=one.depth, reason=clean(why))


def _of_renewal(leaf: ChainLink, context: AssessmentContext) -> Iterator[Fault]:
    """Yield that a certificate is late to be renewed; nothing of one that has ended, or is being replaced."""
    if leaf.not_after is None or leaf.not_after <= context.now:
        return
    if context.differing and succeeds(context.differing.new, leaf):
        return
    window = context.dns_policy.window if leaf.fingerprint == context.window_of else None
    found = renewal.of(leaf, served=context.history.served, window=window, now=context.now)
    if found and found.late:
        yield renewal.late(found, leaf, now=context.now)
