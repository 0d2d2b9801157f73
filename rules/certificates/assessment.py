"""From what all addresses of an endpoint showed to one finding: its faults and its grade.

    ScanObservation -> examine -> ExaminedScan -> (what is worth fetching is fetched) -> assess -> Finding

Nothing is fetched here, and nothing raises: bytes of strangers are read by ``rules.x509``, and what they break is a
fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from rules import names
from rules.certificates import address_assessment, ari, authorities, distrust, variants
from rules.certificates.address_assessment import Consulted
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import ORDER, Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, Finding, Grade
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import ScanObservation
from rules.certificates.succession import RollOut, rollout
from rules.x509 import revocation, verification
from rules.x509.reading import Certificate
from rules.x509.revocation import Crl
from rules.x509.verification import Objections, TrustRoots, Verification
from rules.x509.violations import ViolationKind

MOST_URLS = 8
"""Addresses of each kind (issuers, revocation lists, OCSP) that are fetched for one endpoint at the most."""

LONGEST_RECORD = 200
"""Characters that are kept of a DNS record, for people to read; all of it is compared."""

MOST_NAMED = 3
"""Addresses that a fault names; the others are only counted."""

LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

_LACKS_ISSUERS = frozenset({ViolationKind.INCOMPLETE_CHAIN, ViolationKind.UNKNOWN_ISSUER})
_GRADES = {Severity.NOTE: Grade.NOTED, Severity.WARNING: Grade.WARNED, Severity.CRITICAL: Grade.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedScan:
    """An observation with each of its distinct chains verified, as far as what the servers sent allows.

    ``crl_urls``, ``ocsp_urls`` and ``issuer_urls`` are worth fetching; ``renewal`` is what may be asked of the CA about
    the certificate that ends first (RFC 9773), whose fingerprint is ``renewal_of``; None where its CA is not known to
    answer.
    """

    observation: ScanObservation
    verifications: Mapping[tuple[bytes, ...], Verification]
    roots: TrustRoots
    crl_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    renewal: ari.RenewalQuery | None = None
    renewal_of: str = ""


def examine(observation: ScanObservation, *, roots: TrustRoots, now: datetime) -> ExaminedScan:
    """Return what the addresses' chains are worth at ``now`` (aware), and what else is worth asking."""
    verifications = {chain: _verified(chain, observation, roots, now) for chain in _chains(observation)}
    lacking = (one for one in verifications.values() if _lacks_issuers(one))
    first = min((one.sent[0] for one in verifications.values() if one.sent), key=_end, default=None)
    return ExaminedScan(
        observation=observation,
        verifications=verifications,
        roots=roots,
        crl_urls=_lists(verifications.values()),
        ocsp_urls=_distinct(
            url
            for chain, one in verifications.items()
            for path in (one.path, _other_way(chain, one, observation, roots, now))
            for url in revocation.queries(path)
        ),
        issuer_urls=_distinct(url for one in lacking for url in one.issuer_urls),
        renewal=_renewal_query(first) if first else None,
        renewal_of=first.fingerprint if first else "",
    )


def with_issuers(examined: ExaminedScan, issuers: Sequence[bytes], now: datetime) -> ExaminedScan:
    """Return the examined scan with the lists that are worth fetching now that ``issuers`` (DER) were fetched."""
    lacking = [chain for chain, one in examined.verifications.items() if _lacks_issuers(one)]
    if not issuers or not lacking:
        return examined
    again = (_verified(chain, examined.observation, examined.roots, now, extra=issuers) for chain in lacking)
    return replace(examined, crl_urls=_distinct([*examined.crl_urls, *_lists(again)]))


def _lists(verifications: Iterable[Verification]) -> tuple[str, ...]:
    """Return the revocation lists that chains below a trusted root name: other chains may name any address."""
    return _distinct(url for one in verifications if one.is_trusted and len(one.path) > 1 for url in one.crl_urls)


def assess(
    examined: ExaminedScan,
    *,
    crls: Mapping[str, Crl] | None = None,
    consulted: Consulted | None = None,
    issuers: Sequence[bytes] = (),
    dns_policy: DnsPolicy | None = None,
    history: EndpointHistory | None = None,
    now: datetime,
) -> Finding:
    """Return what an observation means at ``now`` (aware).

    ``crls`` are the revocation lists that were fetched, by address; None where nobody asked for any. ``issuers`` are
    certificates (DER) that a server should have sent and that were fetched. ``consulted`` is what else others answered,
    and ``history`` is what was known before.
    """
    observation = examined.observation
    dns_policy, history = dns_policy or DnsPolicy(), history or EndpointHistory()
    consulted = consulted or Consulted()
    verifications = _settled(examined, issuers, _RevocationSources(crls or {}, consulted.ocsp), now)
    chains = {sent: address_assessment.links(found) for sent, found in verifications.items()}
    firsts = [one for one in observation.addresses if not one.other_kind]
    leaves = [(one.address, chains[one.chain][0]) for one in firsts if chains.get(one.chain)]
    differing = rollout(leaves, history=history, now=now)
    context = address_assessment.AssessmentContext(
        target=observation.target,
        verifications=verifications,
        chains=chains,
        differing=differing,
        crls=crls,
        consulted=consulted,
        dns_policy=dns_policy,
        window_of=examined.renewal_of,
        history=history,
        now=now,
    )
    seen = address_assessment.address_findings(observation.addresses, context)
    addresses = variants.with_unseen(seen, kinds_asked=_kinds_asked(observation), history=history)
    faults = (*_of_observation(observation), *summed(addresses), *_of_rollout(differing, len(firsts), now))
    return _finding(observation, addresses, _worst_first(faults), dns_policy)


def _kinds_asked(observation: ScanObservation) -> frozenset[str]:
    return frozenset(one.address for one in observation.addresses if one.kinds_known)


def _finding(
    observation: ScanObservation,
    addresses: tuple[AddressFinding, ...],
    faults: tuple[Fault, ...],
    dns_policy: DnsPolicy,
) -> Finding:
    leaf = min((one.leaf for one in addresses if one.leaf), key=_end, default=None)
    return Finding(
        host=observation.target.host,
        port=observation.target.port,
        protocol=observation.target.protocol,
        grade=_grade(leaf, faults),
        faults=faults,
        leaf=leaf,
        addresses=addresses,
        left_out=observation.left_out,
        caa=_capped(dns_policy.caa),
        tlsa=_capped(dns_policy.tlsa),
        renew_from=dns_policy.window.start if dns_policy.window else None,
        renew_until=dns_policy.window.end if dns_policy.window else None,
        kinds_asked=observation.target.all_kinds,
    )


def _grade(leaf: ChainLink | None, faults: tuple[Fault, ...]) -> Grade:
    if leaf is None:
        return Grade.UNSEEN
    return _GRADES[max(one.severity for one in faults)] if faults else Grade.SOUND


def _worst_first(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda one: (-one.severity, ORDER[one.kind])))


def _of_observation(observation: ScanObservation) -> tuple[Fault, ...]:
    failure = observation.failure
    if failure is None or observation.trouble is not None:
        return ()
    return (fault(failure.kind, "no_answer", reason=failure.reason),)


def summed(addresses: tuple[AddressFinding, ...]) -> tuple[Fault, ...]:
    """Return one fault of each kind that some address has; the details are the addresses' own."""
    severities: dict[FaultKind, Severity] = {}
    for found in (one for address in addresses for one in address.faults):
        severities[found.kind] = max(found.severity, severities.get(found.kind, found.severity))
    return tuple(Fault(kind, severity) for kind, severity in severities.items())


def _of_rollout(found: RollOut | None, total: int, now: datetime) -> tuple[Fault, ...]:
    if found is None or found.old.not_after is None:
        return ()
    return (
        fault(
            FaultKind.ADDRESSES_DIFFER,
            "old_certificate",
            severity=Severity.NOTE if found.in_grace(now) else Severity.WARNING,
            behind=found.behind[:MOST_NAMED],
            count=len(found.behind),
            total=total,
            left_s=int((found.old.not_after - now).total_seconds()),
        ),
    )


def _chains(observation: ScanObservation) -> tuple[tuple[bytes, ...], ...]:
    return tuple(dict.fromkeys(one.chain for one in observation.addresses if one.chain))


@dataclass(frozen=True, slots=True)
class _RevocationSources:
    """What authorities say of their certificates: lists and OCSP responses, by the address that was asked."""

    crls: Mapping[str, Crl] = field(default_factory=dict[str, Crl])
    ocsp: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def objections(self, path: Sequence[Certificate], now: datetime) -> list[Severity]:
        """Return the severity of each revocation on a path; none where nothing was revoked."""
        if not self.crls and not self.ocsp:
            return []
        found = revocation.check(path, crls=self.crls.values(), answers=self.ocsp, at=now)
        return [one.severity for one in found if one.kind is ViolationKind.REVOKED]


def _verified(
    chain: tuple[bytes, ...],
    observation: ScanObservation,
    roots: TrustRoots,
    now: datetime,
    *,
    extra: Sequence[bytes] = (),
    objections: Objections = lambda _path: (),
) -> Verification:
    """Verify a chain; a path that is distrusted or objected to is taken only where there is no other."""

    def all_objections(path: tuple[Certificate, ...]) -> list[Severity]:
        return [*(one.severity for one in distrust.check(path)), *objections(path)]

    host = names.as_certified(observation.target.name)
    return verification.verify(chain, roots=roots, at=now, host=host, extra=extra, objections=all_objections)


def _other_way(
    chain: tuple[bytes, ...], found: Verification, observation: ScanObservation, roots: TrustRoots, now: datetime
) -> tuple[Certificate, ...]:
    """Return the path that would be taken if the one that was found were revoked.

    Empty where no issuer beside the found path depends on OCSP alone: there is nothing more to ask then.
    """
    beside = (one for one in found.sent if one.is_authority and one not in found.path)
    if not any(map(revocation.names_ocsp_alone, beside)):
        return ()

    def objections(path: tuple[Certificate, ...]) -> Sequence[Severity]:
        return (Severity.CRITICAL,) if path == found.path else ()

    return _verified(chain, observation, roots, now, objections=objections).path


def _settled(
    examined: ExaminedScan, issuers: Sequence[bytes], sources: _RevocationSources, now: datetime
) -> Mapping[tuple[bytes, ...], Verification]:
    """Return the verifications, made again where what was fetched may lead to another path.

    That is so of chains that lack an issuer, and of those whose path was revoked.
    """
    asked = {url: sources.crls[url] for url in examined.crl_urls if url in sources.crls}
    objections = partial(_RevocationSources(asked, sources.ocsp).objections, now=now)
    return {
        chain: _verified(chain, examined.observation, examined.roots, now, extra=issuers, objections=objections)
        if (issuers and _lacks_issuers(found)) or objections(found.path)
        else found
        for chain, found in examined.verifications.items()
    }


def _lacks_issuers(found: Verification) -> bool:
    return any(one.kind in _LACKS_ISSUERS for one in found.violations)


def _renewal_query(leaf: Certificate) -> ari.RenewalQuery | None:
    authority = authorities.of_issuer(leaf.issuer)
    if authority is None or not authority.directory or not leaf.authority_key_id:
        return None
    identifier = ari.certificate_id(key_id=leaf.authority_key_id, serial=leaf.serial_number)
    return ari.RenewalQuery(authority.directory, identifier)


def _end(one: Certificate | ChainLink) -> tuple[datetime, str]:
    return one.not_after or LAST_MOMENT, one.fingerprint


def _distinct(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urls))[:MOST_URLS]


def _capped(records: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if records is None:
        return None
    return tuple(one if len(one) <= LONGEST_RECORD else f"{one[: LONGEST_RECORD - 1]}…" for one in records)
