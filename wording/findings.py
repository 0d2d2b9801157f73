"""Findings in sentences: what is wrong with an endpoint as a whole, and where its addresses disagree."""

from collections.abc import Sequence
from itertools import chain

from rules.certificates.assessment import MOST_NAMED
from rules.certificates.faults import Fault, FaultKind
from rules.certificates.finding import AddressFinding, Finding, FindingTexts
from wording import certificate_facts, certificate_faults, fragments
from wording.certificate_faults import of_addresses

_LOWERED = ("The ", "A ", "An ", "Its ", "It ", "No ", "This ", "None ")
_SILENT = "The server does not answer: "


def texts(finding: Finding) -> FindingTexts:
    """Return a finding in sentences."""
    faults = tuple(sentence(one, finding.addresses) for one in finding.faults)
    return FindingTexts(
        message=_message(finding, faults),
        faults=faults,
        addresses=tuple(tuple(map(certificate_faults.sentence, one.faults)) for one in finding.addresses),
    )


def message(finding: Finding) -> str:
    """Return all that a finding says, as one text."""
    faults = tuple(sentence(one, finding.addresses) for one in finding.faults)
    return _message(finding, faults)


def sentence(fault: Fault, addresses: Sequence[AddressFinding]) -> str:
    """Return a fault of an endpoint as a sentence; of addresses it speaks only where they disagree."""
    said: dict[str, list[str]] = {}
    one_address = len({one.address for one in addresses}) == 1
    for one in addresses:
        for words in dict.fromkeys(certificate_faults.sentence(each) for each in one.faults if each.kind is fault.kind):
            said.setdefault(words, []).append(certificate_facts.place(one, addresses, short=one_address))
    if not said:
        return fragments.clean(certificate_faults.sentence(fault))
    if fault.kind is FaultKind.UNREACHABLE and not (one_address and len(addresses) > 1):
        return fragments.clean(_of_silence(said, len({one.address for one in addresses})))
    if fault.kind is FaultKind.MACHINES_DIFFER and one_address:
        return fragments.clean(" ".join(said))
    return fragments.clean(_of_fault(said, len(addresses), _counted(addresses)))


def _counted(addresses: Sequence[AddressFinding]) -> str:
    """Return what the rows are: addresses, certificates of theirs, or machines that serve the same one otherwise."""
    if not any(map(certificate_facts.is_one_of_several, addresses)):
        return "addresses"
    leaves = {one.leaf.fingerprint for one in addresses if one.leaf}
    return "certificates" if len(leaves) == len(addresses) else "machines"


def _message(finding: Finding, sentences: Sequence[str]) -> str:
    if not finding.ok:
        return " ".join(sentences)
    well = _valid_until(finding)
    return " ".join(filter(None, (well, *sentences))) or "No address was scanned."


def _valid_until(finding: Finding) -> str:
    if finding.not_after is None:
        return ""
    if finding.early_issuer is None:
        return f"The certificate is valid until {fragments.moment(finding.not_after)}."
    issuer = fragments.clean(certificate_facts.named(finding.early_issuer))
    return f"The chain is valid until {fragments.moment(finding.not_after)}: {issuer} ends before the certificate."


def _of_fault(said: dict[str, list[str]], total: int, what: str) -> str:
    if all(len(addresses) == total for addresses in said.values()):
        return " ".join(said)
    return " ".join(f"{_named(where, total, what)}: {_lowered(words)}" for words, where in said.items())


def _of_silence(said: dict[str, list[str]], total: int) -> str:
    silent = sorted(set(chain.from_iterable(said.values())))
    if total == 1:
        return next(iter(said))
    if len(said) == 1:
        why = _reason(next(iter(said)))
    else:
        why = "; ".join(f"{_reason(words)} ({_few(where)})" for words, where in said.items())
    if len(silent) == total:
        return f"None of {total} addresses answers: {why}."
    verb = "does" if len(silent) == 1 else "do"
    return f"{_named(silent, total)} {verb} not answer: {why}."


def _named(addresses: Sequence[str], total: int, what: str = "addresses") -> str:
    return of_addresses(tuple(addresses[:MOST_NAMED]), len(addresses), total, what)


def _few(addresses: Sequence[str]) -> str:
    rest = len(addresses) - MOST_NAMED
    return ", ".join(addresses[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _reason(silence: str) -> str:
    """Return why an address does not answer, out of the sentence that says so."""
    return fragments.reason(silence.removeprefix(_SILENT))


def _lowered(words: str) -> str:
    return words[0].lower() + words[1:] if words.startswith(_LOWERED) else words
