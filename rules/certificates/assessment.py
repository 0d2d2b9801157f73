"""From what all addresses of an endpoint showed to one finding: its faults in plain words, and its grade.

    Look -> examine -> Examined -> (what is worth fetching is fetched) -> assess -> Finding

Nothing is fetched here, and nothing raises: bytes of strangers are read by ``reading``, and what they break is a fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.certificates import address_assessment, ari, authorities, chain, words
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, Finding, Grade
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import ScanObservation
from rules.certificates.succession import RollOut, rollout
from rules.x509 import verification
from rules.x509.reading import Certificate
from rules.x509.revocation import Crl
from rules.x509.verification import TrustRoots, Verification

MOST_URLS = 8
"""Addresses of issuers and of revocation lists that one endpoint may have fetched."""

LAST_MOMENT = datetime.max.replace(tzinfo=UTC)

_LACKS_ISSUERS = frozenset({FaultKind.INCOMPLETE_CHAIN, FaultKind.UNKNOWN_ISSUER})
_GRADES = {Severity.NOTE: Grade.NOTED, Severity.WARNING: Grade.WARNED, Severity.CRITICAL: Grade.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A look, verified as far as that goes with what the servers sent: each distinct chain once.

    ``crl_urls`` and ``issuer_urls`` are worth fetching; ``renewal`` is what may be asked of the CA about the
    certificate that ends first (RFC 9773), whose fingerprint is ``renewal_of``; None where its CA is not known to
    answer.
    """

    look: ScanObservation
    verdicts: Mapping[tuple[bytes, ...], Verification]
    roots: TrustRoots
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    renewal: ari.RenewalQuery | None = None
    renewal_of: str = ""


def examine(look: ScanObservation, *, roots: TrustRoots, now: datetime) -> Examined:
    """Return what the addresses' chains are worth at ``now`` (aware), and what else is worth asking."""
    verdicts = {chain: _verified(chain, look, roots, now) for chain in _chains(look)}
    lacking = (one for one in verdicts.values() if _LACKS_ISSUERS & {each.fault for each in one.faults})
    first = min((one.sent[0] for one in verdicts.values() if one.sent), key=_end, default=None)
    return Examined(
        look=look,
        verdicts=verdicts,
        roots=roots,
        crl_urls=_distinct(url for one in verdicts.values() if len(one.path) > 1 for url in one.crl_urls),
        issuer_urls=_distinct(url for one in lacking for url in one.issuer_urls),
        renewal=_question(first) if first else None,
        renewal_of=first.fingerprint if first else "",
    )


def assess(
    examined: Examined,
    *,
    crls: Mapping[str, Crl] | None = None,
    issuers: Sequence[bytes] = (),
    beside: DnsPolicy | None = None,
    past: EndpointHistory | None = None,
    now: datetime,
) -> Finding:
    """Return what a look means at ``now`` (aware).

    ``crls`` are the revocation lists that were fetched, by address (None: nobody asked for any), ``issuers``
    certificates that were fetched in place of those that a server does not send (DER), ``past`` is what was known
    before.
    """
    beside, past = beside or DnsPolicy(), past or EndpointHistory()
    verdicts = _completed(examined, issuers, now)
    chains = {sent: chain.chain(verdict) for sent, verdict in verdicts.items()}
    leafs = [(seen.address, chains[seen.chain][0]) for seen in examined.look.seen if chains.get(seen.chain)]
    differing = rollout(leafs, past=past, now=now)
    case = address_assessment.AssessmentContext(
        target=examined.look.target,
        verdicts=verdicts,
        chains=chains,
        differing=differing,
        crls=crls,
        beside=beside,
        window_of=examined.renewal_of,
        past=past,
        now=now,
    )
    sights = address_assessment.address_findings(examined.look.seen, case)
    faults = _worst_first((*_of_the_look(examined.look), *words.summed(sights), *_of_rollout(differing, sights, now)))
    return _finding(examined.look, sights, faults, beside)


def _finding(
    look: ScanObservation, sights: tuple[AddressFinding, ...], faults: tuple[Fault, ...], beside: DnsPolicy
) -> Finding:
    leaf = min((sight.leaf for sight in sights if sight.leaf), key=_end, default=None)
    return Finding(
        host=words.clean(look.target.host),
        port=look.target.port,
        protocol=look.target.protocol,
        grade=_grade(leaf, faults),
        faults=faults,
        message=_message(look, leaf, faults),
        leaf=leaf,
        sights=sights,
        left_out=tuple(words.clean(address) for address in look.left_out),
        caa=_shown(beside.caa),
        tlsa=_shown(beside.tlsa),
        renew_from=beside.window.start if beside.window else None,
        renew_until=beside.window.end if beside.window else None,
    )


def _grade(leaf: ChainLink | None, faults: tuple[Fault, ...]) -> Grade:
    if leaf is None:
        return Grade.UNSEEN
    return _GRADES[max(one.severity for one in faults)] if faults else Grade.SOUND


def _message(look: ScanObservation, leaf: ChainLink | None, faults: tuple[Fault, ...]) -> str:
    if look.trouble is not None:
        return words.clean(f"We could not look: {words.reason(look.trouble)}.")
    told_of = words.joined(faults)
    if all(one.severity is Severity.NOTE for one in faults):
        well = f"The certificate is valid until {words.moment(leaf.not_after)}." if leaf and leaf.not_after else ""
        return " ".join(filter(None, (well, told_of))) or "No address was scanned."
    return told_of


def _worst_first(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda one: (-one.severity, address_assessment.ORDER[one.fault])))


def _of_the_look(look: ScanObservation) -> tuple[Fault, ...]:
    if look.failure is None or look.trouble is not None:
        return ()
    return (fault(look.failure.fault, words.clean(words.silence(look.failure.words))),)


def _of_rollout(found: RollOut | None, sights: tuple[AddressFinding, ...], now: datetime) -> tuple[Fault, ...]:
    if found is None or found.old.not_after is None:
        return ()
    left = found.old.not_after - now
    when = f"expires in {words.days(left)}" if found.old.not_after > now else f"expired {words.days(-left)} ago"
    verb = "serves" if len(found.behind) == 1 else "serve"
    said = f"{words.of_addresses(list(found.behind), len(sights))} {verb} the old certificate, which {when}."
    severity = Severity.NOTE if found.in_grace(now) else Severity.WARNING
    return (fault(FaultKind.ADDRESSES_DIFFER, words.clean(said), severity),)


def _chains(look: ScanObservation) -> tuple[tuple[bytes, ...], ...]:
    return tuple(dict.fromkeys(seen.chain for seen in look.seen if seen.chain))


def _verified(
    chain: tuple[bytes, ...], look: ScanObservation, roots: TrustRoots, now: datetime, extra: Sequence[bytes] = ()
) -> Verification:
    return verification.verify(chain, roots=roots, at=now, host=look.target.name, extra=extra)


def _completed(examined: Examined, issuers: Sequence[bytes], now: datetime) -> Mapping[tuple[bytes, ...], Verification]:
    """Return the verdicts, those of chains that lack an issuer made again with what was fetched in its place."""
    if not issuers:
        return examined.verdicts
    return {
        chain: _verified(chain, examined.look, examined.roots, now, issuers)
        if _LACKS_ISSUERS & {one.fault for one in verdict.faults}
        else verdict
        for chain, verdict in examined.verdicts.items()
    }


def _question(leaf: Certificate) -> ari.RenewalQuery | None:
    authority = authorities.of_issuer(leaf.issuer)
    if authority is None or not authority.directory or not leaf.authority_key_id:
        return None
    identifier = ari.certificate_id(key_id=leaf.authority_key_id, serial=leaf.serial_number)
    return ari.RenewalQuery(authority.directory, identifier)


def _end(one: Certificate | ChainLink) -> tuple[datetime, str]:
    return one.not_after or LAST_MOMENT, one.fingerprint


def _distinct(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urls))[:MOST_URLS]


def _shown(records: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if records is None else tuple(words.clean(record) for record in records)
