"""What one address of an endpoint showed, judged: its chain, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from rules.certificates import caa, distrust, renewal, revocation, tlsa, words
from rules.certificates.beside import Beside
from rules.certificates.faults import Fault, Severity, Told, told
from rules.certificates.finding import Link, Role, Sight
from rules.certificates.past import Past
from rules.certificates.revocation import Crl
from rules.certificates.seen import Failure, Seen, Target
from rules.certificates.succession import RollOut, succeeds
from rules.certificates.tlsa import Shown
from rules.certificates.verification import Verdict

OLD_PROTOCOLS = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"})
"""Deprecated by RFC 6176, RFC 7568 and RFC 8996."""

ORDER = {fault: number for number, fault in enumerate(Fault)}
"""The order in which faults are told."""

_FAILED = {
    Fault.NOT_TLS: "The server does not speak TLS on this port",
    Fault.NO_STARTTLS: "The server does not offer STARTTLS",
    Fault.HANDSHAKE_FAILED: "The server speaks TLS, but the handshake failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the addresses of an endpoint are judged by.

    ``verdicts`` and ``chains`` are by what was sent, ``crls`` by address, None where nobody asked for any;
    ``window_of`` is the certificate that the CA's window is about.
    """

    target: Target
    verdicts: Mapping[tuple[bytes, ...], Verdict]
    chains: Mapping[tuple[bytes, ...], tuple[Link, ...]]
    differing: RollOut | None
    crls: Mapping[str, Crl] | None
    beside: Beside
    window_of: str
    past: Past
    now: datetime


def sights(seen: tuple[Seen, ...], case: Case) -> tuple[Sight, ...]:
    """Return what each address showed, with its faults in the order in which they are told."""
    return tuple(_sight(one, case.chains.get(one.chain, ()), case) for one in seen)


def _sight(seen: Seen, chain: tuple[Link, ...], case: Case) -> Sight:
    faults = [*_of_connection(seen), *_of_chain(seen, chain, case)]
    return Sight(
        address=words.clean(seen.address),
        faults=tuple(sorted(dict.fromkeys(faults), key=lambda one: ORDER[one.fault])),
        chain=chain,
        tls_version=words.clean(seen.tls_version),
        cipher=words.clean(seen.cipher),
        alpn=words.clean(seen.alpn),
        stapled=bool(seen.staple),
        hsts=None if seen.hsts is None else words.clean(seen.hsts),
    )


def _of_connection(seen: Seen) -> Iterator[Told]:
    if seen.failure:
        yield _failure(seen.failure)
    if seen.tls_version in OLD_PROTOCOLS:
        yield told(Fault.OLD_PROTOCOL, f"The server speaks no newer protocol than {seen.tls_version}.")


def _failure(failure: Failure) -> Told:
    if failure.fault is Fault.UNREACHABLE:
        return told(failure.fault, words.clean(words.silence(failure.words)))
    what = _FAILED.get(failure.fault, "The scan ended early")
    return told(failure.fault, words.clean(f"{what}: {words.reason(failure.words)}."))


def _of_chain(seen: Seen, chain: tuple[Link, ...], case: Case) -> Iterator[Told]:
    verdict = case.verdicts.get(seen.chain)
    if verdict is None:
        return
    yield from _of_path(seen, verdict, case)
    yield from _of_revocation(seen, verdict, case)
    if not chain:
        return
    yield from distrust.judge(tuple(link for link in chain if link.role is not Role.STRAY))
    yield from _of_renewal(chain[0], case)
    yield from caa.judge(chain[0], case.beside.caa or (), host=case.target.name)
    yield from tlsa.judge(_shown(seen, verdict), _records(case), target=case.target)


def _of_path(seen: Seen, verdict: Verdict, case: Case) -> Iterator[Told]:
    """Tell what is wrong with the path; where a TLSA record stands in its place, as a note."""
    vouched = tlsa.vouches(_shown(seen, verdict), _records(case), target=case.target)
    for one in verdict.faults:
        yield replace(one, severity=Severity.NOTE) if vouched and one.fault in _REPLACED_BY_TLSA else one


_REPLACED_BY_TLSA = frozenset(
    {
        *(Fault.EXPIRED, Fault.NOT_YET_VALID, Fault.WRONG_HOST, Fault.SELF_SIGNED, Fault.UNKNOWN_ISSUER),
        *(Fault.INCOMPLETE_CHAIN, Fault.EXPIRED_ISSUER),
    }
)


def _records(case: Case) -> tuple[str, ...]:
    """Return the TLSA records that mean something: those that DNSSEC vouches for."""
    return (case.beside.tlsa or ()) if case.beside.tlsa_secure else ()


def _shown(seen: Seen, verdict: Verdict) -> Shown:
    return Shown(sent=seen.chain, issuers=tuple(one.der for one in verdict.path[1:]), trusted=verdict.ok)


def _of_revocation(seen: Seen, verdict: Verdict, case: Case) -> Iterator[Told]:
    """Tell of what was revoked; that nobody knows is noted where lists were asked for and clients accept the rest."""
    asked = [case.crls[url] for url in verdict.crl_urls if url in case.crls] if case.crls is not None else []
    says_unknown = case.crls is not None and verdict.ok
    for one in revocation.check(verdict.path, crls=asked, staple=seen.staple, at=case.now):
        if says_unknown or one.fault is not Fault.REVOCATION_UNKNOWN or one.severity is not Severity.NOTE:
            yield one


def _of_renewal(leaf: Link, case: Case) -> Iterator[Told]:
    """Tell of a certificate that is late to be renewed; nothing of one that has ended, or is being replaced."""
    if leaf.not_after is None or leaf.not_after <= case.now:
        return
    if case.differing and succeeds(case.differing.new, leaf):
        return
    window = case.beside.window if leaf.fingerprint == case.window_of else None
    found = renewal.judge(leaf, held=case.past.held, window=window, now=case.now)
    if found and found.late:
        yield told(Fault.RENEWAL_LATE, renewal.late_words(found, leaf, now=case.now))
