"""Findings in sentences: what is wrong with an endpoint as a whole, and where its addresses disagree."""

from collections.abc import Callable, Sequence
from itertools import chain

from rules.certificates.assessment import MOST_NAMED
from rules.certificates.faults import Fault, FaultKind
from rules.certificates.finding import AddressFinding, Finding, FindingTexts
from wording import fragments
from wording.certificates import certificate_facts, certificate_faults
from wording.certificates.certificate_faults import ADDRESSES, CERTIFICATES, MACHINES, of_addresses
from wording.messages import _, ngettext

_LOWERED = ("The ", "A ", "An ", "Its ", "It ", "No ", "This ", "None ")


def texts(finding: Finding) -> FindingTexts:
    """Return a finding in sentences."""
    faults = tuple(sentence(one, finding.addresses) for one in finding.faults)
    return FindingTexts(
        message=_message(finding, faults),
        faults=faults,
        addresses=tuple(tuple(map(certificate_faults.sentence, one.faults)) for one in finding.addresses),
    )


def message(finding: Finding) -> str:
    """Return a whole finding as one text."""
    faults = tuple(sentence(one, finding.addresses) for one in finding.faults)
    return _message(finding, faults)


def sentence(fault: Fault, addresses: Sequence[AddressFinding]) -> str:
    """Return a fault of an endpoint as a sentence, which names addresses only where they differ."""
    one_address = len({one.address for one in addresses}) == 1
    if fault.kind is FaultKind.UNREACHABLE and not (one_address and len(addresses) > 1):
        silent = _places(fault.kind, addresses, certificate_faults.reason, short=one_address)
        if silent and len({one.address for one in addresses}) > 1:
            return fragments.clean(_of_silence(silent, len({one.address for one in addresses})))
    said = _places(fault.kind, addresses, certificate_faults.sentence, short=one_address)
    if not said:
        return fragments.clean(certificate_faults.sentence(fault))
    if fault.kind is FaultKind.MACHINES_DIFFER and one_address:
        return fragments.clean(" ".join(said))
    return fragments.clean(_of_fault(said, len(addresses), _noun_of_rows(addresses)))


def _places(
    kind: FaultKind, addresses: Sequence[AddressFinding], words: Callable[[Fault], str], *, short: bool
) -> dict[str, list[str]]:
    """Return the places where a kind of fault was seen, by the text that ``words`` makes of it there."""
    said: dict[str, list[str]] = {}
    for one in addresses:
        for each in dict.fromkeys(words(each) for each in one.faults if each.kind is kind):
            said.setdefault(each, []).append(certificate_facts.place(one, addresses, short=short))
    return said


def _noun_of_rows(addresses: Sequence[AddressFinding]) -> str:
    """Return the noun for the address findings: addresses, their certificates, or machines where these share one."""
    if not any(map(certificate_facts.is_one_of_several, addresses)):
        return ADDRESSES
    leaves = {one.leaf.fingerprint for one in addresses if one.leaf}
    return CERTIFICATES if len(leaves) == len(addresses) else MACHINES


def _message(finding: Finding, sentences: Sequence[str]) -> str:
    if not finding.ok:
        return " ".join(sentences)
    well = _valid_until(finding)
    return " ".join(filter(None, (well, *sentences))) or _("No address was scanned.")


def _valid_until(finding: Finding) -> str:
    if finding.not_after is None:
        return ""
    if finding.early_issuer is None:
        return _("The certificate is valid until {moment}.", moment=fragments.moment(finding.not_after))
    issuer = fragments.clean(certificate_facts.named(finding.early_issuer))
    return _(
        "The chain is valid until {moment}: {issuer} ends before the certificate.",
        moment=fragments.moment(finding.not_after),
        issuer=issuer,
    )


def _of_fault(said: dict[str, list[str]], total: int, what: str) -> str:
    if all(len(addresses) == total for addresses in said.values()):
        return " ".join(said)
    return " ".join(f"{_first_addresses(where, total, what)}: {_lowered(words)}" for words, where in said.items())


def _of_silence(reasons: dict[str, list[str]], total: int) -> str:
    silent = sorted(set(chain.from_iterable(reasons.values())))
    if len(reasons) == 1:
        why = next(iter(reasons))
    else:
        why = "; ".join(f"{each} ({_few(where)})" for each, where in reasons.items())
    if len(silent) == total:
        return _("None of {number} addresses answers: {why}.", number=total, why=why)
    named = _first_addresses(silent, total)
    return ngettext(
        "{which} does not answer: {why}.", "{which} do not answer: {why}.", len(silent), which=named, why=why
    )


def _first_addresses(addresses: Sequence[str], total: int, what: str = ADDRESSES) -> str:
    return of_addresses(tuple(addresses[:MOST_NAMED]), len(addresses), total, what)


def _few(addresses: Sequence[str]) -> str:
    rest = len(addresses) - MOST_NAMED
    return ", ".join(addresses[:MOST_NAMED]) + (_(" and {number} more", number=rest) if rest > 0 else "")


def _lowered(words: str) -> str:
    return words[0].lower() + words[1:] if words.startswith(_LOWERED) else words
